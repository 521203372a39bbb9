import { afterAll, afterEach, expect } from 'vitest';
import { TIMINGS } from '../../src/core/timings.ts';
import { promise } from '../fixtures/promise.ts';
import { type RelayService, startRelayService } from '../fixtures/relay-service.ts';
import { type Conversation, prepare, settled } from '../integration/delivery/conversations.ts';
import { expectFaultless, expectWhole } from './asked.ts';
import type { WorkerProcess } from './spawn-worker.ts';
import { createWorkerPool } from './worker-pool.ts';

/**
 * Short answers come at once after a second, so that they are posted and not edited. Those of `long` stream for longer than
 * a drain waits.
 */
const ANSWERS = `
projects: { default: {} }
assistants:
  short:
    model: { provider: scripted, steps: [{ wait_ms: 1000 }, { text: Here you are. }], delay_ms: 0 }
  long:
    model: { provider: scripted, tokens: 180, delay_ms: 100 }
routes:
  - name: long
    when: { message.text: { $regex: long } }
    to: { assistant: long }
slack: { answer: every_message, assistant: short }
discord: { answer: every_message, assistant: short }
`;

const RUNS_PER_SECOND = 20;
/**
 * One question in so many is asked on Slack: a workspace takes 200 posts a minute (adapters/slack/limits.ts), which is one in
 * six of the answers at this rate. On Discord each has a channel of its own.
 */
const SLACK_EVERY = 8;
const PROCESSES = 2;
/** At least so many are replaced, also when the load is over before. */
const RESTARTS = 2;
/** One question in so many has a long answer; on Discord, where each thread has edits of its own. */
const LONG_EVERY = 20;
const EXITS_WITHIN_MS = 25_000;
/** From question to whole answer; a long one may be given back once, by a drain of 15 s, and begun again. */
const SHORT_WITHIN_MS = 60_000;
const LONG_WITHIN_MS = 90_000;

type Asked = { talk: Conversation; isLong: boolean };

const pool = createWorkerPool(2);
let house: RelayService | null = null;
afterEach(async () => {
  await house?.close();
  house = null;
});
afterAll(() => pool.close());

promise(19, '', { tries: 2_000, inCi: 120, timeoutMs: 600_000 }, async ({ count, once }) => {
  // Given processes that do everything, under load
  const here = await startRelayService({
    config: ANSWERS,
    roles: [],
    slack: { limits: false },
    discord: { limits: { global: { count: 1_000, windowMs: 1_000 } } },
    timings: TIMINGS,
  });
  house = here;
  const start = (): WorkerProcess =>
    pool.spawn({ environment: here.environment, config: ANSWERS, timings: TIMINGS });
  const workers = Array.from({ length: PROCESSES }, start);
  await Promise.all(workers.map(({ ready }) => ready));
  const people = Array.from({ length: count }, (_, index) =>
    prepare(here, index % SLACK_EVERY === 0 ? 'slack' : 'discord'),
  );

  // When one after the other is replaced while messages come
  const ends: { code: unknown; afterMs: number }[] = [];
  const load = new AbortController();
  const rolling = (async () => {
    while (!load.signal.aborted || ends.length < RESTARTS) {
      const next = start();
      await next.ready;
      workers.push(next);
      const oldest = workers.shift();
      if (oldest === undefined) return;
      const beganAt = performance.now();
      ends.push({ code: await oldest.stop(), afterMs: performance.now() - beganAt });
    }
  })();
  const asked: Promise<void>[] = [];
  for (const [index, askThere] of people.entries()) {
    const isLong = index % LONG_EVERY === 1;
    const talk = askThere(isLong ? 'A long one?' : 'A short one?');
    asked.push(once(() => expectInTime(here, { talk, isLong })));
    await new Promise((resolve) => setTimeout(resolve, 1_000 / RUNS_PER_SECOND));
  }
  load.abort();
  await rolling;

  // Then every message is answered once, in time, and every process has gone in time
  await Promise.all(asked);
  for (const { code, afterMs } of ends) {
    expect(code).toBe(0);
    expect(afterMs).toBeLessThan(EXITS_WITHIN_MS);
  }
  expect(await here.database.models.runs.countDocuments()).toBe(count);
  expect(await here.database.models.messages.countDocuments()).toBe(2 * count);
  await Promise.all(workers.map((worker) => worker.stop()));
  await expectFaultless([here]);
});

async function expectInTime(here: RelayService, { talk, isLong }: Asked): Promise<void> {
  await expectWhole(here, talk, isLong ? LONG_WITHIN_MS : SHORT_WITHIN_MS);
  const { run } = await settled(here, talk);
  // Being stopped is nobody's fault: no attempt is counted for it.
  expect({ status: run.status, attempt: run.attempt }).toEqual({ status: 'succeeded', attempt: 1 });
}
