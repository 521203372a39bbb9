import { createSlackFake } from '../fakes/slack/index.ts';
import { defineBench, type Measured } from './bench.ts';
import type { Lab } from './lab.ts';
import { openLoad, scriptedConfig } from './load.ts';
import { streamAnswers } from './slack-streams.ts';
import { percentile, spread } from './statistics.ts';

/** 20 tokens a second. */
const TOKEN_MS = 50;
/** A start costs as much as some hundred tokens: begun at this rate, all streams are under way before the first ends. */
const STARTS_PER_SECOND = 100;
const IN_ALL_MS = 600_000;

/** Fake, service and channels for streams of so many tokens. */
async function openRelay(
  lab: Lab,
  tokens: number,
  { limits, runsAtOnce, channels }: { limits: boolean; runsAtOnce: number; channels: number },
) {
  const slack = await createSlackFake(limits ? {} : { limits: false });
  lab.onClose(() => slack.close());
  const load = await openLoad(lab);
  await load.database.connection.dropDatabase();
  await load.queues.connections.commands.flushall();
  const environment = {
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.url,
    RUNS_AT_ONCE: String(runsAtOnce),
  };
  const config = scriptedConfig(tokens, TOKEN_MS);
  const service = await lab.startService(limits ? 'start' : 'relay-process', config, environment);
  const { id: user } = slack.addUser();
  const ids = Array.from({ length: channels }, (_, index) => slack.addChannel({ name: `help-${index}` }).id);
  await slack.until('the service has a socket', () => slack.connections === 1);
  const stream = (count: number, withinMs: number) =>
    streamAnswers(slack, load.database, ids, user, { count, withinMs, timeoutMs: IN_ALL_MS });
  return { slack, service, stream };
}

/** The median time of a call to the fake from here: what a write costs without us. */
async function roundTrip(url: string, token: string, samples: number): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < samples; index += 1) {
    const startedAt = performance.now();
    const response = await fetch(`${url}auth.test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    await response.text();
    times.push(performance.now() - startedAt);
  }
  return percentile(times, 0.5);
}

async function measureOne(lab: Lab, samples: number): Promise<Measured> {
  const { slack, service, stream } = await openRelay(lab, 20, { limits: false, runsAtOnce: 1, channels: 5 });
  for (let index = 0; index < 3; index += 1) await stream(1, 0);
  const finals: number[] = [];
  for (let index = 0; index < samples; index += 1) finals.push(...(await stream(1, 0)).finalAfterEndMs);
  const roundtrip = await roundTrip(slack.url, slack.botToken, 100);
  await service.stop();
  return {
    figures: {
      roundtrip_ms: roundtrip,
      final_after_last_token_ms_p50: percentile(finals, 0.5),
      final_after_last_token_ms_p99: percentile(finals, 0.99),
    },
    notes: [`one stream: final after the last token ${spread(finals)}`],
  };
}

async function measureMany(lab: Lab, streams: number, tokens: number): Promise<Measured> {
  const { service, stream } = await openRelay(lab, tokens, {
    limits: false,
    runsAtOnce: streams,
    channels: 50,
  });
  await stream(Math.ceil(streams / 10), 0);
  lab.say(`${streams} streams begin`);
  // Asking for it also begins a new count.
  await service.metric('threadrelay_nodejs_eventloop_lag_p99_seconds');
  const streamed = await stream(streams, (streams / STARTS_PER_SECOND) * 1_000);
  const lag = await service.metric('threadrelay_nodejs_eventloop_lag_p99_seconds');
  await service.stop();
  return {
    figures: {
      streams_1000_loop_lag_ms_p99: (lag ?? Number.NaN) * 1_000,
      streams_1000_longest_gap_ms: Math.max(...streamed.longestGapMs),
    },
    notes: [
      `${streams} streams of ${tokens} tokens: ${streamed.edits} edits; longest gap of each ${spread(streamed.longestGapMs)}; ` +
        `final after the end ${spread(streamed.finalAfterEndMs)}`,
    ],
  };
}

async function measureLimited(lab: Lab, streams: number, tokens: number): Promise<Measured> {
  const { slack, service, stream } = await openRelay(lab, tokens, {
    limits: true,
    runsAtOnce: streams,
    channels: streams,
  });
  const streamed = await stream(streams, 0);
  const refused = slack.history.filter(({ status }) => status === 429);
  await service.stop();
  return {
    figures: {
      slack_30_429s: refused.length,
      slack_30_slowest_final_s: Math.max(...streamed.finalAfterEndMs) / 1_000,
    },
    notes: [
      `${streams} streams within Slack's limits: ${streamed.edits} edits; final after the end ${spread(streamed.finalAfterEndMs)}`,
    ],
  };
}

export const relay = defineBench({
  name: 'relay',
  about: 'from the last token to the final text on Slack: one stream, 1,000 at once, 30 within the limits',
  sizes: {
    samples: { full: 300, quick: 5, about: 'answers, one at a time' },
    streams: { full: 1_000, quick: 30, about: 'answers at once, limits off' },
    tokens: { full: 600, quick: 60, about: 'tokens of each of them, 20 a second' },
    limited: { full: 30, quick: 10, about: 'answers at once, limits on' },
    'limited-tokens': { full: 600, quick: 60, about: 'tokens of each of them' },
  },
  async measure(lab, size) {
    const one = await measureOne(lab, size('samples'));
    const many = await measureMany(lab, size('streams'), size('tokens'));
    const limited = await measureLimited(lab, size('limited'), size('limited-tokens'));
    return {
      figures: { ...one.figures, ...many.figures, ...limited.figures },
      notes: [...one.notes, ...many.notes, ...limited.notes],
    };
  },
});
