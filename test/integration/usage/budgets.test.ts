import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import type { IngestResult } from '../../../src/core/ports.ts';
import type { Run } from '../../../src/core/runs/run.ts';
import type { Budgets } from '../../../src/core/usage/budget.ts';
import { TIMINGS } from '../../../src/core/timings.ts';
import { dayOf } from '../../../src/core/usage/day.ts';
import { promise } from '../../fixtures/promise.ts';
import { runEnds, startedRun } from '../../fixtures/run-ends.ts';
import { incoming, type RunEngine, startRunEngine } from '../../fixtures/run-engine.ts';
import { newPlace } from '../ingest/door.ts';

const ANY = { tokens: null, usd: null };
const SCRIPT = { delayMs: 0, tokens: 50 };

const engines: RunEngine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});

async function startEngines(count: number, budgets: Budgets): Promise<RunEngine[]> {
  const place = newPlace();
  for (let index = 0; index < count; index += 1) {
    const engine = await startRunEngine({
      ...place,
      // Patient, so that no attempt is taken for dead on a busy machine: what it spent would be in no run.
      timings: TIMINGS,
      script: SCRIPT,
      budgets,
      prices: new Map([['scripted', { input: 1_000, output: 10_000, cachedInput: 1_000 }]]),
    });
    engines.push(engine);
    engine.addWorker();
  }
  return [...engines];
}

async function ended(engine: RunEngine, asked: readonly IngestResult[]): Promise<Run[]> {
  return Promise.all(asked.map((each) => runEnds(engine.stores, startedRun(each), 30_000)));
}

const tokensOf = (runs: readonly Run[]) =>
  runs.reduce((sum, { usage }) => sum + (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0), 0);

promise(
  39,
  'a budget of tokens is never exceeded, whatever runs of two processes ask at once',
  { tries: 400, timeoutMs: 120_000 },
  async ({ count, passed }) => {
    const limit = 1_000;
    const [one, other] = await startEngines(2, { project: { tokens: limit, usd: null }, person: ANY });
    if (one === undefined || other === undefined) throw new Error('two engines');
    const asked = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        (index % 2 === 0 ? one : other).ingest.message(incoming({ author: { id: `U${index}` } })),
      ),
    );
    const runs = await ended(one, asked);

    const succeeded = runs.filter(({ status }) => status === 'succeeded');
    const refused = runs.filter(({ status }) => status !== 'succeeded');
    const [budget] = await one.database.models.budgets.find().lean();
    expect(budget).toMatchObject({ tokens: tokensOf(runs), held: [] });
    expect(tokensOf(runs)).toBeLessThanOrEqual(limit);
    // A call needs some 70 tokens for its prompt, as it is counted before, and 256 for its answer.
    expect(tokensOf(runs)).toBeGreaterThan(limit - 330 - 51);
    expect(succeeded.length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
    for (const { error, attempt } of refused) {
      expect({ code: error?.code, attempt }).toEqual({ code: 'budget_spent', attempt: 1 });
    }
    passed(count);
  },
);

test('a person whose budget is spent is told which and until when, and others are answered', async () => {
  const [engine] = await startEngines(1, { project: ANY, person: { tokens: 380, usd: null } });
  if (engine === undefined) throw new Error('an engine');
  const ask = async (id: string) => {
    const [run] = await ended(engine, [await engine.ingest.message(incoming({ author: { id } }))]);
    return run;
  };
  expect((await ask('U1'))?.status).toBe('succeeded');
  const told = await ask('U1').then(() => ask('U1'));
  expect(told?.error?.code).toBe('budget_spent');
  expect(told?.error?.message).toMatch(
    /^What is left of your budget for today \(380 tokens\) does not suffice for this answer\. It is renewed at 00:00 UTC, in (\d+ h )?\d+ min\.$/,
  );
  expect((await ask('U2'))?.status).toBe('succeeded');
});

test('a budget in US dollars ends runs by the prices of the configuration', async () => {
  // An answer costs 50 × 0.01 + 1 × 0.001 dollars, and needs 256 × 0.01 + 70 × 0.001 to be begun.
  const [engine] = await startEngines(1, { project: { tokens: null, usd: 3 }, person: ANY });
  if (engine === undefined) throw new Error('an engine');
  const runs: (Run | undefined)[] = [];
  for (let index = 0; index < 3; index += 1) {
    runs.push(...(await ended(engine, [await engine.ingest.message(incoming())])));
  }
  expect(runs.map((run) => run?.status)).toEqual(['succeeded', 'failed', 'failed']);
  expect(runs[0]?.usage?.costUsd).toBeCloseTo(0.501);
  expect(runs[1]?.error?.message).toContain("What is left of this project's budget for today ($3.00)");
});

test('what is put aside together stays within the limit, and what a dead process put aside ends', async () => {
  const [one, other] = await startEngines(2, { project: ANY, person: ANY });
  if (one === undefined || other === undefined) throw new Error('two engines');
  const now = new Date();
  const scope = { projectId: 'default', personId: null, day: dayOf(now) };
  const limit = { tokens: 1_000, usd: null };
  const reserve = (engine: RunEngine, at: Date) => {
    const reservation = {
      id: randomUUID(),
      most: { tokens: 100, usd: 0.5 },
      likely: { tokens: 30, usd: 0.1 },
      until: new Date(at.getTime() + 60_000),
    };
    return engine.stores.budgets
      .reserve(scope, limit, reservation, at)
      .then((answer) => ({ ...answer, id: reservation.id }));
  };
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) => reserve(index % 2 === 0 ? one : other, now)),
  );
  const held = answers.filter(({ kind }) => kind === 'reserved');
  expect(held).toHaveLength(10);
  expect(answers.find(({ kind }) => kind === 'refused')).toMatchObject({
    spent: { tokens: 0 },
    reserved: { tokens: 1_000 },
  });

  // Nine end, one of them told twice; of the last one nothing is heard any more.
  for (const { id } of held.slice(1)) await one.stores.budgets.settle(scope, id, { tokens: 20, usd: 0.1 });
  await other.stores.budgets.settle(scope, held[1]?.id ?? '', { tokens: 20, usd: 0.1 });
  const soon = new Date(now.getTime() + 59_000);
  expect(await reserve(one, soon)).toMatchObject({ kind: 'reserved' });
  const later = new Date(now.getTime() + 60_000);
  expect(await reserve(one, later)).toMatchObject({ kind: 'reserved' });
  const [budget] = await one.database.models.budgets.find().lean();
  expect(budget).toMatchObject({ tokens: 9 * 20 + 30 });
  expect(budget?.held).toHaveLength(2);
});
