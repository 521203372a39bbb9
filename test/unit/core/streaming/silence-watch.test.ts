import { describe, expect, test } from 'vitest';
import { silentLogger } from '../../../../src/core/logger.ts';
import type { RunRef } from '../../../../src/core/runs/run.ts';
import { createSilenceWatch } from '../../../../src/core/streaming/silence-watch.ts';

/** A watch over a clock that the test turns, and a database whose open runs it knows. */
function house() {
  let now = 0;
  let sleeping: { until: number; wake: () => void } | null = null;
  const open = new Set<string>();
  const questions: string[][] = [];
  let isAway = false;
  const watch = createSilenceWatch({
    runs: {
      async underWayAmong(refs: readonly RunRef[]) {
        questions.push(refs.map(({ runId }) => runId));
        if (isAway) throw new Error('away');
        return refs.map(({ runId }) => runId).filter((id) => open.has(id));
      },
    },
    clock: {
      now: () => new Date(now),
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          const wake = () => {
            sleeping = null;
            resolve();
          };
          sleeping = { until: now + ms, wake };
          signal?.addEventListener('abort', wake, { once: true });
        }),
    },
    timings: { silenceCheckMs: 2_000 },
    logger: silentLogger,
  });
  return {
    watch,
    open,
    questions,
    setAway(value: boolean) {
      isAway = value;
    },
    isAsleep: () => sleeping !== null,
    async pass(ms: number) {
      const until = now + ms;
      while (sleeping !== null && sleeping.until <= until) {
        now = sleeping.until;
        sleeping.wake();
        for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
      }
      now = until;
    },
  };
}

const ref = (runId: string): RunRef => ({ threadId: 'thread', runId });

describe('the watch over silent runs', () => {
  test('asks about all that are silent at once, and tells of those that have ended', async () => {
    const { watch, open, questions, pass } = house();
    const ended: string[] = [];
    for (const id of ['a', 'b', 'c']) {
      open.add(id);
      watch.watch(ref(id), () => ended.push(id));
    }
    await pass(2_000);
    expect(questions).toEqual([['a', 'b', 'c']]);
    expect(ended).toEqual([]);
    open.delete('b');
    await pass(2_000);
    expect(questions).toHaveLength(2);
    expect(ended).toEqual(['b']);
  });

  test('asks nothing about runs that are heard', async () => {
    const { watch, open, questions, pass } = house();
    open.add('a');
    const watched = watch.watch(ref('a'), () => {});
    for (let second = 0; second < 10; second += 1) {
      watched.heard();
      await pass(1_000);
    }
    expect(questions).toEqual([]);
    await pass(2_000);
    expect(questions).toEqual([['a']]);
  });

  test('asks once for all readers of a run', async () => {
    const { watch, questions, pass } = house();
    const ended: number[] = [];
    for (const reader of [1, 2, 3]) watch.watch(ref('a'), () => ended.push(reader));
    await pass(2_000);
    expect(questions).toEqual([['a']]);
    expect(ended).toEqual([1, 2, 3]);
  });

  test('asks again when the database did not answer', async () => {
    const { watch, questions, pass, setAway } = house();
    const ended: string[] = [];
    setAway(true);
    watch.watch(ref('a'), () => ended.push('a'));
    await pass(2_000);
    expect([questions.length, ended]).toEqual([1, []]);
    setAway(false);
    await pass(1_000);
    expect([questions.length, ended]).toEqual([2, ['a']]);
  });

  test('has no timer while nobody watches', async () => {
    const { watch, isAsleep } = house();
    expect(isAsleep()).toBe(false);
    const watched = [watch.watch(ref('a'), () => {}), watch.watch(ref('b'), () => {})];
    expect(isAsleep()).toBe(true);
    for (const each of watched) each.stop();
    expect(isAsleep()).toBe(false);
    watch.watch(ref('c'), () => {}).stop();
    expect(isAsleep()).toBe(false);
  });

  test('tells nothing to whoever has stopped, also while it was asking', async () => {
    const { watch, pass } = house();
    const ended: string[] = [];
    const first = watch.watch(ref('a'), () => {
      ended.push('a');
      second.stop();
    });
    const second = watch.watch(ref('b'), () => ended.push('b'));
    await pass(2_000);
    expect(ended).toEqual(['a']);
    first.stop();
  });
});
