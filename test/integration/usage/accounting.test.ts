import { mongo } from 'mongoose';
import { afterEach, expect, test, vi } from 'vitest';
import type { ScriptStep } from '../../../src/assistant/scripted-model.ts';
import type { RunOutcome, UsageRow } from '../../../src/core/ports.ts';
import type { RunUsage } from '../../../src/core/usage/usage.ts';
import { outcome, says } from '../../fixtures/admissions.ts';
import { runEnds, startedRun } from '../../fixtures/run-ends.ts';
import { incoming, type RunEngine, startRunEngine } from '../../fixtures/run-engine.ts';
import { newPlace } from '../ingest/door.ts';

const USED = { inputTokens: 100, outputTokens: 7, cachedTokens: 40, costUsd: 0.25 };
const USAGE: RunUsage = { ...USED, byModel: [{ model: 'openai/gpt-4.1', ...USED }] };
const SPENDER = { projectId: 'default', personId: 'slack:T1:U1' };

const engines: RunEngine[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const engine of engines.splice(0)) await engine.close();
});

async function start(options: Parameters<typeof startRunEngine>[0] = {}): Promise<RunEngine> {
  const engine = await startRunEngine(options);
  engines.push(engine);
  return engine;
}

async function claimed({ ingest, stores }: RunEngine) {
  const { threadId } = startedRun(await ingest.message(incoming()));
  const claim = await stores.runs.claimNext(threadId, 'w', new Date(), new Date(0));
  if (claim.kind !== 'claimed') throw new Error(claim.kind);
  return { threadId, runId: claim.run.id, fence: claim.run.fence };
}

const ends = (overrides: Partial<RunOutcome> = {}) =>
  outcome(['ok'], { usage: USAGE, spender: SPENDER, ...overrides });

const total = (rows: readonly UsageRow[]) =>
  rows.reduce(
    (sum, { runs, inputTokens, outputTokens }) => ({
      runs: sum.runs + runs,
      inputTokens: sum.inputTokens + inputTokens,
      outputTokens: sum.outputTokens + outputTokens,
    }),
    { runs: 0, inputTokens: 0, outputTokens: 0 },
  );

test('a run is counted when its end is stored, once: not when that fails, and not when it is told again', async () => {
  const engine = await start();
  const { runs, usage, threads } = engine.stores;
  const lease = await claimed(engine);
  const twice = says('ok', { role: 'ai' });
  await expect(runs.settle(lease, ends({ messages: [twice, twice] }))).rejects.toThrow();
  expect(await usage.since('2000-01-01', null)).toEqual([]);

  await runs.settle(lease, ends());
  await expect(runs.settle(lease, ends())).rejects.toMatchObject({ code: 'stale_attempt' });
  const endedAt = new Date();
  expect(await usage.since('2000-01-01', 'default')).toEqual([
    { ...SPENDER, day: endedAt.toISOString().slice(0, 10), model: 'openai/gpt-4.1', runs: 1, ...USED },
  ]);
  expect(await usage.since('2000-01-01', 'other')).toEqual([]);
  expect((await threads.find(lease.threadId))?.usage).toEqual(USED);
});

/** The next transaction is lost at its very end, as when the primary steps down. */
function loseNextCommit(): void {
  vi.spyOn(mongo.ClientSession.prototype, 'commitTransaction').mockImplementationOnce(async function (
    this: mongo.ClientSession,
  ) {
    await this.abortTransaction();
    throw new mongo.MongoServerError({ message: 'gone', errorLabels: ['TransientTransactionError'] });
  });
}

test.each([1, 2])(
  '%i whose end is lost at the last moment and stored again are counted once',
  async (count) => {
    const engine = await start();
    const leases = await Promise.all(Array.from({ length: count }, () => claimed(engine)));
    loseNextCommit();
    await Promise.all(leases.map((lease) => engine.stores.runs.settle(lease, ends())));
    expect(total(await engine.stores.usage.since('2000-01-01', null))).toMatchObject({
      runs: count,
      inputTokens: 100 * count,
    });
  },
);

test('runs that end at once in two processes are all counted, in the first moment of a day too', async () => {
  const place = newPlace();
  const [one, other] = [await start(place), await start(place)];
  const leases = await Promise.all(Array.from({ length: 24 }, () => claimed(one)));
  const settled = await Promise.all(
    leases.map(async (lease, index) => {
      const { runs } = (index % 2 === 0 ? one : other).stores;
      const [told] = await Promise.allSettled([runs.settle(lease, ends()), runs.settle(lease, ends())]);
      return told.status;
    }),
  );
  expect(settled).toHaveLength(24);
  const rows = await one.stores.usage.since('2000-01-01', null);
  expect(rows).toHaveLength(1);
  expect(total(rows)).toEqual({ runs: 24, inputTokens: 2_400, outputTokens: 168 });
});

test('attempts that failed count too, together with the one that ends the run', async () => {
  const steps: ScriptStep[] = [
    { kind: 'text', text: 'I begin to say' },
    { kind: 'error', message: 'cut off', retryable: true },
  ];
  const engine = await start({ script: { delayMs: 0, steps } });
  engine.addWorker();
  const run = await runEnds(engine.stores, startedRun(await engine.ingest.message(incoming())));
  expect({ status: run.status, attempt: run.attempt }).toEqual({ status: 'failed', attempt: 3 });
  // By estimate, three bytes a token: "hello", with its author, and what was said.
  expect(run.usage).toMatchObject({ inputTokens: 3 * 4, outputTokens: 3 * 5 });
  expect(total(await engine.stores.usage.since('2000-01-01', 'default'))).toEqual({
    runs: 1,
    inputTokens: 12,
    outputTokens: 15,
  });
});
