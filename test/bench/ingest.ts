import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'node:http';
import { createSlackFake } from '../fakes/slack/index.ts';
import { defineBench } from './bench.ts';
import { openLoad, scriptedConfig } from './load.ts';
import { percentile, spread } from './statistics.ts';

/** Rates tried for `events_per_s_max`, each above the last that was kept. */
const STEPS = [100, 200, 300, 450, 600, 800, 1_000, 1_300];
/** A rate is kept when this share is acknowledged within the 3 s that Slack waits, and as fast as it was sent. */
const SLACK_WAITS_MS = 3_000;
const KEPT_SHARE = 0.95;

export const ingest = defineBench({
  name: 'ingest',
  about:
    'signed Slack events over HTTP until they are acknowledged, which is after they are stored; workers off',
  sizes: {
    rate: { full: 300, quick: 50, about: 'events a second' },
    seconds: { full: 30, quick: 3, about: 'for so long' },
    repeats: { full: 3, quick: 1, about: 'times' },
    'step-seconds': { full: 10, quick: 1, about: 'for so long at each rate of the search for the most' },
  },
  async measure(lab, size) {
    const slack = await createSlackFake({ limits: false });
    lab.onClose(() => slack.close());
    const load = await openLoad(lab);
    const service = await lab.startService('slack', scriptedConfig(1, 0), {
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_SIGNING_SECRET: slack.signingSecret,
      SLACK_API_URL: slack.url,
    });
    const { id: user } = slack.addUser();
    const { id: channel } = slack.addChannel({ name: 'help' });
    const send = slackEvents(service.url(), { ...slack, user, channel });
    await atRate(send, 50, 2);
    const acks: number[] = [];
    for (let index = 0; index < size('repeats'); index += 1) {
      acks.push(...(await atRate(send, size('rate'), size('seconds'))).acks);
    }
    let most = 0;
    for (const rate of STEPS) {
      const { acks: times, perSecond } = await atRate(send, rate, size('step-seconds'));
      most = Math.max(most, perSecond);
      if (perSecond < rate * KEPT_SHARE || percentile(times, 0.99) > SLACK_WAITS_MS) break;
      lab.say(`${rate} events/s: ${spread(times)}`);
    }
    const stored = await load.database.models.runs.estimatedDocumentCount();
    return {
      figures: {
        ack_ms_p50: percentile(acks, 0.5),
        ack_ms_p99: percentile(acks, 0.99),
        events_per_s_max: most,
      },
      notes: [
        `${size('rate')} events/s: ${spread(acks)}; ${stored} runs are stored, all events of new threads`,
      ],
    };
  },
});

/** Sends at a steady rate, whatever the answers take, and times each from the moment it was due. */
async function atRate(
  send: () => Promise<void>,
  rate: number,
  seconds: number,
): Promise<{ acks: number[]; perSecond: number }> {
  const acks: number[] = [];
  const sent: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let index = 0; index < rate * seconds; index += 1) {
    const dueAt = startedAt + (index * 1_000) / rate;
    const wait = dueAt - performance.now();
    if (wait > 1) await pause(wait);
    sent.push(
      send().then(() => {
        acks.push(performance.now() - dueAt);
      }),
    );
  }
  await Promise.all(sent);
  return { acks, perSecond: acks.length / ((performance.now() - startedAt) / 1_000) };
}

type Place = {
  teamId: string;
  appId: string;
  botUserId: string;
  signingSecret: string;
  user: string;
  channel: string;
};

/** Posts new messages as Slack does: signed, one thread each. Rejects when one is not acknowledged. */
function slackEvents(url: string, place: Place): () => Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  let count = 0;
  return () => {
    count += 1;
    const ts = `${Math.floor(Date.now() / 1_000)}.${String(count).padStart(6, '0')}`;
    const body = JSON.stringify({
      token: 'unused',
      team_id: place.teamId,
      api_app_id: place.appId,
      type: 'event_callback',
      event_id: `Ev${randomUUID()}`,
      event_time: Math.floor(Date.now() / 1_000),
      authorizations: [
        { team_id: place.teamId, user_id: place.botUserId, is_bot: true, is_enterprise_install: false },
      ],
      event: {
        type: 'message',
        user: place.user,
        channel: place.channel,
        channel_type: 'channel',
        team: place.teamId,
        text: `question ${count}`,
        ts,
        event_ts: ts,
      },
    });
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const digest = createHmac('sha256', place.signingSecret).update(`v0:${timestamp}:${body}`).digest('hex');
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${digest}`,
    };
    return new Promise((resolve, reject) => {
      const sending = request(`${url}/slack/events`, { method: 'POST', agent, headers }, (response) => {
        response.resume().on('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`an event was answered by ${response.statusCode}`));
        });
      });
      sending.on('error', reject).end(body);
    });
  };
}
