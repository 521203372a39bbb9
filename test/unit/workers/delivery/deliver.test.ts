import { expect, test } from 'vitest';
import type { RunStatus } from '../../../../src/core/runs/run-lifecycle.ts';
import { promise } from '../../../fixtures/promise.ts';
import { createMemoryHouse, storeAway } from './memory-house.ts';
import { createMemoryPlatform, type Fault } from './memory-platform.ts';
import { seededRandom } from '../../../fixtures/seeded-random.ts';
import { createVirtualClock } from './virtual-clock.ts';

type Options = {
  fault?: (operation: string, at: number) => Fault | null;
  reachStore?: (call: string, at: number) => void;
};

/** One delivery and one worker, on a platform that answers in 20 ms; times count from the start. */
function openHouse(options: Options = {}) {
  const clock = createVirtualClock();
  const started = clock.now().getTime();
  const at = () => clock.now().getTime() - started;
  const platform = createMemoryPlatform({
    clock,
    latencyMs: () => 10,
    fault: (operation) => options.fault?.(operation, at()) ?? null,
  });
  const house = createMemoryHouse({
    clock,
    random: seededRandom(1),
    writer: platform.writer,
    reachStore: (call) => options.reachStore?.(call, at()),
  });
  const ref = house.addRun('r');
  const worker = house.addWorker('w1');
  let said = '';
  return {
    at,
    clock,
    house,
    platform,
    ref,
    worker,
    say(delta: string) {
      house.wake('r', [house.append('r', 1, said.length + 1, { type: 'text', delta, offset: said.length })]);
      said += delta;
    },
    end(status: RunStatus = 'succeeded') {
      house.settle('r', { status, text: said });
      house.wake('r', [house.append('r', 1, said.length + 2, { type: 'end', status })]);
    },
    operations: () => platform.calls.map(({ operation }) => operation),
  };
}

test('Markdown that a preview closed is shown as it was said in the end', async () => {
  const { clock, worker, ref, say, end, platform } = openHouse();
  const delivered = worker.deliver(ref, false);
  say('This is **not closed');
  await clock.runUntil(clock.sleep(3_000));
  expect(platform.shown('r')).toEqual(['This is **not closed**']);
  end();
  await clock.runUntil(delivered);
  expect(platform.shown('r')).toEqual(['This is **not closed']);
});

test('the first row of a table, which previews hold back, is in the final text', async () => {
  const { clock, worker, ref, say, end, platform } = openHouse();
  const delivered = worker.deliver(ref, false);
  say('See:\n\n| a | b |');
  await clock.runUntil(clock.sleep(3_000));
  expect(platform.shown('r')).toEqual(['See:']);
  end();
  await clock.runUntil(delivered);
  expect(platform.shown('r')).toEqual(['See:\n\n| a | b |']);
});

test('a final text that is shown already costs no call', async () => {
  const { clock, worker, ref, say, end, operations } = openHouse();
  const delivered = worker.deliver(ref, false);
  say('All of it.');
  await clock.runUntil(clock.sleep(3_000));
  end();
  await clock.runUntil(delivered);
  expect(operations()).toEqual(['post']);
});

test('a database that is away when the second part was posted delays the delivery, and doubles nothing', async () => {
  let saves = 0;
  const { clock, worker, ref, say, end, platform, house } = openHouse({
    reachStore(call) {
      if (call !== 'savePart') return;
      saves += 1;
      if (saves >= 2 && saves <= 5) throw storeAway();
    },
  });
  const delivered = worker.deliver(ref, false);
  say('A first part of many words. '.repeat(10));
  end();
  await clock.runUntil(delivered);
  expect(house.deliveries.get('r')?.status).toBe('done');
  expect(platform.shown('r').join(' ')).toBe('A first part of many words. '.repeat(10).trim());
  expect(platform.violations).toEqual([]);
});

test('a database that is away for longer than the lease costs few writes, and none without the lease', async () => {
  const isAway = (at: number) => at > 1_000 && at < 61_000;
  const opened = openHouse({
    reachStore(_call, at) {
      if (isAway(at)) throw storeAway();
    },
  });
  const { clock, worker, ref, say, end, platform, house } = opened;
  const delivered = worker.deliver(ref, false);
  for (let second = 0; second < 30; second += 1) {
    clock.after(second * 1_000, () => say(`word${second} `));
  }
  clock.after(62_000, () => end());
  await clock.runUntil(delivered);
  expect(house.deliveries.get('r')?.status).toBe('done');
  // The lease of 6 s ends 1 s early, and is had again when the database is back.
  const started = (platform.calls[0]?.at ?? 0) - 10;
  const unheld = platform.calls.filter(({ at }) => at - started > 8_000 && at - started < 60_000);
  expect(unheld).toEqual([]);
  expect(platform.violations).toEqual([]);
});

/** As many in CI: time is virtual. */
const WAITS = 100;

const OBEYED = 'in virtual time, 30 s are waited out, and the answer is whole in the end';
promise(22, OBEYED, { tries: WAITS, timeoutMs: 20_000 }, async ({ passed }) => {
  let limited = 0;
  const { clock, worker, ref, say, end, platform } = openHouse({
    fault(operation) {
      if (operation !== 'edit' || limited === WAITS) return null;
      limited += 1;
      return { kind: 'limited', waitMs: 30_000 };
    },
  });
  const delivered = worker.deliver(ref, false);
  for (let second = 0; second < 300; second += 1) clock.after(second * 1_000, () => say('word '));
  clock.after(301_000, () => end());
  await clock.runUntil(delivered);
  expect(limited).toBe(WAITS);
  expect(platform.violations).toEqual([]);
  expect(platform.shown('r').join(' ')).toBe('word '.repeat(300).trim());
  passed(WAITS);
});

test('a process that stops waits for the answer to its post before another may go on', async () => {
  const { clock, worker, ref, say, platform, house, end } = openHouse();
  const delivered = worker.deliver(ref, false);
  say('Hello');
  while (platform.calls.length === 0) await clock.runUntil(clock.sleep(5));
  await clock.runUntil(Promise.all([worker.stop(0), delivered]));
  expect(house.deliveries.get('r')?.parts).toHaveLength(1);
  end();
  await clock.runUntil(house.addWorker('w2').deliver(ref, true));
  expect(platform.shown('r')).toEqual(['Hello']);
  expect(platform.violations).toEqual([]);
});

test('a read-back that is told to wait makes the read-backs of all deliveries wait', async () => {
  // Given two answers whose process died, nobody knows whether after their posts
  const clock = createVirtualClock();
  let limited = 0;
  const platform = createMemoryPlatform({
    clock,
    latencyMs: () => 10,
    fault: (operation) =>
      operation === 'find' && (limited += 1) === 1 ? { kind: 'limited', waitMs: 30_000 } : null,
    budgets: (operation) => [{ key: operation, limit: 50, windowMs: 60_000, reserve: 5 }],
  });
  const house = createMemoryHouse({
    clock,
    random: seededRandom(1),
    writer: platform.writer,
    reachStore: () => {},
  });
  const refs = ['one', 'two'].map((id) => house.addRun(id));
  const dying = house.addWorker('w1');
  const left = refs.map((ref) => dying.deliver(ref, false));
  await clock.runUntil(Promise.all([clock.sleep(500).then(() => dying.stop(0)), ...left]));
  for (const id of ['one', 'two']) house.settle(id, { status: 'succeeded', text: `The answer of ${id}` });
  // When another process goes on with both, the second a moment after the first was told to wait
  const worker = house.addWorker('w2');
  const [first, second] = refs;
  if (first === undefined || second === undefined) throw new Error('two runs');
  const later = clock.sleep(1_000).then(() => worker.deliver(second, true));
  await clock.runUntil(Promise.all([worker.deliver(first, true), later]));
  // Then nobody asks before the time
  expect(platform.violations).toEqual([]);
  expect(['one', 'two'].map((id) => platform.shown(id))).toEqual([
    ['The answer of one'],
    ['The answer of two'],
  ]);
  expect(limited).toBe(3);
});
