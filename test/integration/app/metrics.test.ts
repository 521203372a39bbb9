import { setTimeout } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { issueKey } from '../../../src/app/keys/issue-key.ts';
import type { CrashPoint } from '../../../src/core/crash-points.ts';
import type { Platform } from '../../../src/core/origin.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { startPrivateMongodb, startPrivateRedis } from '../../fixtures/private-stores.ts';
import { type MetricsReading, readMetrics } from '../../fixtures/read-metrics.ts';
import { ECHO, type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { ask, settled } from '../delivery/conversations.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  while (closing.length > 0) await closing.pop()?.();
});

async function start(options: Parameters<typeof startRelayService>[0]): Promise<RelayService> {
  const house = await startRelayService(options);
  closing.push(() => house.close());
  return house;
}

const urlOf = ({ services }: RelayService) => services[0]?.url ?? '';

/** The reading once it is as wanted. */
async function reads(
  house: RelayService,
  what: string,
  isSo: (read: MetricsReading) => boolean,
  withinMs = 20_000,
): Promise<MetricsReading> {
  return eventually(
    async () => {
      const read = await readMetrics(urlOf(house));
      return isSo(read) ? read : null;
    },
    what,
    withinMs,
  );
}

const GROWING = `
projects: { default: {} }
assistants:
  growing:
    model: { provider: scripted, tokens: 60, delay_ms: 30 }
slack: { answer: every_message }
discord: { answer: every_message }
`;

test.each(['slack', 'discord'] as const)(
  '%s: an answered question moves what is counted of events, runs, deliveries and writes',
  async (platform: Platform) => {
    const house = await start({ config: GROWING });
    const before = await readMetrics(urlOf(house));
    expect(before('threadrelay_rate_limited_total', { platform })).toBe(0);
    expect(before('threadrelay_run_seconds_count', { status: 'failed' })).toBe(0);

    await settled(house, ask(house, platform, 'Hello?'));

    const read = await reads(
      house,
      'the event is acknowledged',
      (now) =>
        (now('threadrelay_event_acknowledge_seconds_count', { platform, outcome: 'acknowledged' }) ?? 0) >= 1,
    );
    expect(read('threadrelay_events_received_total', { platform })).toBeGreaterThanOrEqual(1);
    expect(read('threadrelay_run_seconds_count', { status: 'succeeded' })).toBe(1);
    expect(read('threadrelay_run_seconds_sum', { status: 'succeeded' })).toBeGreaterThan(60 * 0.03);
    expect(read('threadrelay_deliveries_total', { platform, outcome: 'done', reason: 'none' })).toBe(1);
    const firstPart = read('threadrelay_first_part_seconds_sum', { platform }) ?? 0;
    const firstEdit = read('threadrelay_first_edit_seconds_sum', { platform }) ?? 0;
    expect(read('threadrelay_first_part_seconds_count', { platform })).toBe(1);
    expect(read('threadrelay_first_edit_seconds_count', { platform })).toBe(1);
    expect(firstEdit).toBeGreaterThan(firstPart);
    expect(read('threadrelay_final_seconds_count', { platform })).toBe(1);
    expect(read('threadrelay_platform_writes_total', { platform, operation: 'post', outcome: 'done' })).toBe(
      1,
    );
    const edits = read('threadrelay_platform_writes_total', { platform, operation: 'edit', outcome: 'done' });
    expect(edits).toBeGreaterThanOrEqual(1);
    await reads(house, 'sweeps', (now) => (now('threadrelay_sweeps_total', { outcome: 'nothing' }) ?? 0) > 0);
  },
);

test('a 429, an uncertain post and a full budget are counted', async () => {
  const house = await start({ config: GROWING, slack: { limits: false } });
  house.slack.faults.api({ method: 'chat.postMessage', do: { kind: 'reset-after' } });
  house.slack.faults.api({ method: 'chat.update', do: { kind: 'rate-limit', retryAfter: 1 } });

  // While one of them is told to wait, the others keep away from its limit.
  const talks = Array.from({ length: 3 }, () => ask(house, 'slack', 'Hello?'));
  await Promise.all(talks.map((talk) => settled(house, talk)));

  const read = await readMetrics(urlOf(house));
  const writes = { platform: 'slack', operation: 'post', outcome: 'ambiguous' };
  expect(read('threadrelay_platform_writes_total', writes)).toBe(1);
  // The others may have been on their way when the first was told to wait.
  const refused = house.slack.history.filter(({ outcome }) => outcome === 'rate-limited');
  expect(refused).not.toEqual([]);
  expect(read('threadrelay_rate_limited_total', { platform: 'slack' })).toBe(refused.length);
  expect(read('threadrelay_write_budget_wait_seconds_count', { platform: 'slack' })).toBeGreaterThan(0);
});

test('an event that is not acknowledged, and the work that a sweep finds, are counted', async () => {
  let isLost = false;
  const crash = async (point: CrashPoint) => {
    if (point !== 'ingest.before_ring' || isLost) return;
    isLost = true;
    throw new Error('the doorbell is lost');
  };
  const house = await start({ config: ECHO, discord: false, crash });

  await settled(house, ask(house, 'slack', 'Hello?'));

  const read = await reads(
    house,
    'the sweep',
    (now) => now('threadrelay_sweeps_total', { outcome: 'found' }) !== 0,
  );
  expect(read('threadrelay_swept_total', { what: 'thread' })).toBeGreaterThan(0);
  const refused = { platform: 'slack', outcome: 'refused' };
  expect(read('threadrelay_event_acknowledge_seconds_count', refused)).toBe(1);
});

test('the age of what waits is seen by a process without workers, and falls to zero with the work', async () => {
  const house = await start({ config: GROWING, discord: false, roles: [['slack']] });
  expect((await readMetrics(urlOf(house)))('threadrelay_oldest_waiting_seconds', { what: 'run' })).toBe(0);
  const talk = ask(house, 'slack', 'Hello?');

  const isWaiting = (read: MetricsReading, what: string) =>
    (read('threadrelay_oldest_waiting_seconds', { what }) ?? 0) > 1;
  await reads(house, 'both wait', (read) => isWaiting(read, 'run') && isWaiting(read, 'delivery'));

  const worker = await house.addService(['worker']);
  const active = async (what: string) => (await readMetrics(worker.url))(`threadrelay_active_${what}`);
  await eventually(async () => ((await active('runs')) === 1 ? true : null), 'a run is active');
  await eventually(async () => ((await active('deliveries')) === 1 ? true : null), 'a delivery is active');
  await settled(house, talk);
  await reads(
    house,
    'nothing waits',
    (read) =>
      read('threadrelay_oldest_waiting_seconds', { what: 'run' }) === 0 &&
      read('threadrelay_oldest_waiting_seconds', { what: 'delivery' }) === 0,
  );
  expect(await active('runs')).toBe(0);
  expect((await readMetrics(worker.url))('threadrelay_platform_connected')).toBe(null);
}, 60_000);

test('a Slack socket that is lost shows in /ready and /metrics until it is open again; what was missed is counted', async () => {
  const house = await start({ config: ECHO, discord: false });
  const { slack } = house;
  const channel = slack.addChannel({ name: 'support' }).id;
  const user = slack.addUser().id;
  const connected = (read: MetricsReading) => read('threadrelay_platform_connected', { platform: 'slack' });
  expect(connected(await readMetrics(urlOf(house)))).toBe(1);
  expect((await fetch(`${urlOf(house)}/ready`)).status).toBe(200);
  const mend = slack.faults.api({
    method: 'apps.connections.open',
    do: { kind: 'http-status', status: 503 },
    times: Number.POSITIVE_INFINITY,
  });

  slack.cutSockets();

  await reads(house, 'it is not connected', (read) => connected(read) === 0);
  const notReady = await fetch(`${urlOf(house)}/ready`);
  expect(notReady.status).toBe(503);
  expect(await notReady.json()).toEqual({ ready: false, waiting_for: ['Slack'] });
  slack.say({ channel, user, text: `<@${slack.botUserId}> is anybody there?` });
  mend();
  await reads(house, 'it is connected', (read) => connected(read) === 1, 40_000);
  expect((await fetch(`${urlOf(house)}/ready`)).status).toBe(200);
  await reads(
    house,
    'the missed message is counted',
    (read) => read('threadrelay_backfilled_messages_total', { platform: 'slack' }) === 1,
  );
}, 90_000);

test('a Discord session that is lost shows, and what was missed is counted', async () => {
  const house = await start({ config: ECHO, slack: false });
  const { discord } = house;
  const connected = (read: MetricsReading) => read('threadrelay_platform_connected', { platform: 'discord' });
  const channel = discord.addTextChannel({ name: 'general' });
  const user = discord.addUser();
  discord.say({ channel, user, text: 'first' });
  await discord.until(() => discord.threads(channel).length === 1, 20_000, 'the first answer');
  expect(connected(await readMetrics(urlOf(house)))).toBe(1);

  discord.gateway.goOffline({ resumable: false });

  await reads(house, 'it is not connected', (read) => connected(read) === 0);
  discord.say({ channel, user, text: 'is anybody there?' });
  discord.gateway.goOnline();
  await reads(house, 'it is connected', (read) => connected(read) === 1, 40_000);
  await reads(
    house,
    'the missed message is counted',
    (read) => read('threadrelay_backfilled_messages_total', { platform: 'discord' }) === 1,
  );
}, 90_000);

test('stores that are away show within the time of one reading, and the age of what waits is not made up', async () => {
  const redis = await startPrivateRedis();
  closing.push(() => redis.stop());
  const mongodb = await startPrivateMongodb();
  closing.push(() => mongodb.stop());
  const house = await start({
    config: ECHO,
    discord: false,
    roles: [['slack']],
    mongodbUri: mongodb.url,
    redis: { url: redis.url, prefix: 'metrics' },
  });
  const up = (read: MetricsReading, store: string) => read('threadrelay_store_up', { store });
  const well = await readMetrics(urlOf(house));
  expect([up(well, 'mongodb'), up(well, 'redis')]).toEqual([1, 1]);

  await redis.kill();
  await reads(house, 'Redis is away', (read) => up(read, 'redis') === 0 && up(read, 'mongodb') === 1);
  await mongodb.kill();
  const away = await reads(house, 'MongoDB is away', (read) => up(read, 'mongodb') === 0);
  expect(away('threadrelay_oldest_waiting_seconds')).toBe(null);
  expect(away('threadrelay_queue_depth')).toBe(null);

  await Promise.all([redis.restart(), mongodb.restart()]);
  await reads(house, 'both are back', (read) => up(read, 'redis') === 1 && up(read, 'mongodb') === 1, 40_000);
}, 120_000);

test('requests of the API are counted by the pattern of their route, and open streams while they are open', async () => {
  const house = await start({ config: GROWING, slack: false, discord: false });
  const { secret } = await issueKey(house.stores.keys, { projectId: 'default', scope: 'write', name: null });
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${urlOf(house)}${path}`, {
      ...init,
      headers: { 'x-api-key': secret, 'content-type': 'application/json' },
    });
  const body = JSON.stringify({
    assistant_id: 'growing',
    input: { messages: [{ role: 'user', content: 'Hi' }] },
  });

  const stream = await ask('/runs/stream', { method: 'POST', body });
  const during = await readMetrics(urlOf(house));
  await stream.text();
  await ask('/threads/no-such-thread');
  await ask('/threads');
  await ask('/threads/');

  expect(during('threadrelay_http_open_streams')).toBe(1);
  const read = await reads(
    house,
    'all are counted',
    (now) =>
      now('threadrelay_http_open_streams') === 0 &&
      now('threadrelay_http_requests_total', { method: 'GET', status: '200' }) === 2,
  );
  const requests = (labels: Record<string, string>) => read('threadrelay_http_requests_total', labels);
  expect(requests({ route: '/runs/stream', method: 'POST', status: '200' })).toBe(1);
  expect(requests({ route: '/threads/:thread_id', method: 'GET', status: '404' })).toBe(1);
  expect(read('threadrelay_http_request_seconds_sum', { route: '/runs/stream' })).toBeGreaterThan(60 * 0.03);
  expect(read.text).not.toContain('no-such-thread');
});

test('the depth of the queues is what nobody has taken up, seen by every process', async () => {
  const house = await start({ config: GROWING, discord: false, roles: [['slack'], ['api']] });
  const waiting = (read: MetricsReading) =>
    read('threadrelay_queue_depth', { queue: 'threads', state: 'waiting' });
  expect(waiting(await readMetrics(urlOf(house)))).toBe(0);

  for (let asked = 0; asked < 3; asked += 1) ask(house, 'slack', 'Hello?');

  await reads(house, 'three rings wait', (read) => waiting(read) === 3);
  const api = await readMetrics(house.services[1]?.url ?? '');
  expect(waiting(api)).toBe(3);
  expect(api('threadrelay_platform_connected')).toBe(null);
});

/** How often prom-client's meter of the event loop looks (its `eventLoopMonitoringPrecision`). */
const METER_STEP_MS = 10;

test('an event loop that stood still shows in the next reading, and not in the one after', async () => {
  const house = await start({ config: ECHO, slack: false, discord: false });
  const lag = async () =>
    (await readMetrics(urlOf(house)))('threadrelay_nodejs_eventloop_lag_max_seconds') ?? 0;
  await lag();
  // A reading sets the meter back, and the first step after that only begins its clock: let it take that step.
  await setTimeout(3 * METER_STEP_MS);
  const until = performance.now() + 400;
  while (performance.now() < until);

  expect(await eventually(async () => ((await lag()) > 0.3 ? true : null), 'the lag shows')).toBe(true);
  await eventually(async () => ((await lag()) < 0.3 ? true : null), 'the lag is past');
});
