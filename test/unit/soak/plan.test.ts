import { expect, test } from 'vitest';
import { planSoak, platformOf, type SoakSize } from '../../soak/plan.ts';

const SIZE: SoakSize = {
  seed: 7,
  seconds: 600,
  threads: 200,
  asksPerSecond: 2,
  faultEverySeconds: 4,
  processes: { worker: 2, slack: 1, discord: 1 },
};

const isTraffic = (what: string) => ['ask', 'edit', 'delete', 'cancel'].includes(what);

test('a seed makes one plan, another seed another', () => {
  expect(planSoak(SIZE)).toEqual(planSoak(SIZE));
  expect(planSoak({ ...SIZE, seed: 8 })).not.toEqual(planSoak(SIZE));
});

test('another rate of faults leaves the traffic as it is', () => {
  const traffic = (size: SoakSize) => planSoak(size).filter(({ what }) => isTraffic(what.do));
  expect(traffic({ ...SIZE, faultEverySeconds: 60 })).toEqual(traffic(SIZE));
});

test('a plan lasts as long as it is to, in the order of time, at about the rates that are wanted', () => {
  const steps = planSoak(SIZE);
  const times = steps.map(({ atMs }) => atMs);
  expect(times).toEqual(times.toSorted((one, other) => one - other));
  expect(Math.max(...times)).toBeLessThan(600_000);
  const asks = steps.filter(({ what }) => what.do === 'ask').length;
  expect(asks).toBeGreaterThan(1_000);
  expect(asks).toBeLessThan(1_400);
  const faults = steps.filter(({ what }) => !isTraffic(what.do)).length;
  expect(faults).toBeGreaterThan(110);
  expect(faults).toBeLessThan(190);
});

test('every kind of traffic and of fault comes up, on both platforms', () => {
  const steps = planSoak({ ...SIZE, seconds: 3_600 });
  const kinds = new Set(steps.map(({ what }) => what.do));
  expect(kinds.size).toBe(4 + 12);
  const threads = steps.flatMap(({ what }) => (what.do === 'ask' ? [what.thread] : []));
  expect(new Set(threads.map(platformOf))).toEqual(new Set(['slack', 'discord']));
  expect(Math.max(...threads)).toBeLessThan(200);
});
