import { expect, test } from 'vitest';
import { TIMINGS } from '../../../src/core/timings.ts';
import { grownResources, type Resources } from '../../soak/resources.ts';

const BEFORE: Resources = {
  processes: [{ role: 'worker', residentMb: 120, heapMb: 40, fds: 30, handles: 20 }],
  redisKeys: ['a'],
  redisExpiring: [],
  redisClients: 8,
  mongodbConnections: 12,
  platformSockets: 2,
};

test('what is where it was, or a little above it, is well', () => {
  const after: Resources = {
    ...BEFORE,
    processes: [{ role: 'worker', residentMb: 150, heapMb: 50, fds: 60, handles: 40 }],
    redisExpiring: [{ key: 'run', ttlMs: TIMINGS.eventTtlMs }],
  };
  expect(grownResources(BEFORE, after)).toEqual([]);
});

test('each resource that has grown is told', () => {
  const after: Resources = {
    processes: [{ role: 'worker', residentMb: 500, heapMb: 400, fds: 300, handles: 200 }],
    redisKeys: Array.from({ length: 30 }, (_, index) => `key-${index}`),
    redisExpiring: [{ key: 'for-ever', ttlMs: 1e9 }],
    redisClients: 80,
    mongodbConnections: 900,
    platformSockets: 3,
  };
  const told = grownResources(BEFORE, after).join('\n');
  for (const name of [
    'residentMb was 120 before and is 500',
    'heapMb',
    'fds',
    'handles',
    'redisKeys was 1 before and is 30',
    'Redis keeps for-ever',
    'redisClients',
    'mongodbConnections',
    'platformSockets was 2 before and is 3',
  ]) {
    expect(told).toContain(name);
  }
});

test('a figure that a process does not tell is no excuse', () => {
  const silent = { role: 'worker' as const, residentMb: Number.NaN, heapMb: 40, fds: 30, handles: 20 };
  expect(grownResources(BEFORE, { ...BEFORE, processes: [silent] })).toHaveLength(1);
});
