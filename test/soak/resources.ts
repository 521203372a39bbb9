import { Redis } from 'ioredis';
import { TIMINGS } from '../../src/core/timings.ts';
import type { SoakHouse } from './house.ts';
import type { Role } from './plan.ts';

/** What one process holds. */
export type ProcessResources = {
  role: Role;
  residentMb: number;
  heapMb: number;
  fds: number;
  handles: number;
};

export type Resources = {
  processes: ProcessResources[];
  /** Keys without an expiry. */
  redisKeys: string[];
  redisExpiring: { key: string; ttlMs: number }[];
  redisClients: number;
  mongodbConnections: number;
  platformSockets: number;
};

/** What a resource may have grown by when all is at rest again, and why. */
export const TOLERANCES = {
  /** V8 keeps pages that it may need again (docs/performance.md has 40 MB more after 200 runs), and caches are warm now. */
  residentMb: 90,
  /** Garbage that no collection has looked at yet. */
  heapMb: 40,
  /** A process keeps up to 64 connections to MongoDB (`maxPoolSize` of store/database.ts) and some to the platforms. */
  fds: 76,
  handles: 76,
  /** BullMQ makes a key or two for itself with the first job: its id, its events. */
  redisKeys: 12,
  /** A connection of a killed process may be noticed late. */
  redisClients: 8,
  mongodbConnections: 4 * 64,
  platformSockets: 0,
} as const;

const MB = 1_024 * 1_024;

/** Looks at every process that is up, and at what the stores and platforms hold for them. */
export async function measureResources(house: SoakHouse): Promise<Resources> {
  const processes = await Promise.all(
    house.processes.map(async ({ role, url }): Promise<ProcessResources> => {
      const response = await fetch(`${url() ?? ''}/metrics`);
      const text = await response.text();
      const figure = (name: string) =>
        Number(new RegExp(`^threadrelay_${name} (\\S+)$`, 'm').exec(text)?.[1]);
      return {
        role,
        residentMb: figure('process_resident_memory_bytes') / MB,
        heapMb: figure('nodejs_heap_size_used_bytes') / MB,
        fds: figure('process_open_fds'),
        handles: figure('nodejs_active_handles_total'),
      };
    }),
  );
  const redis = new Redis(house.stores.redis.directUrl);
  try {
    const names = (await redis.keys('*')).toSorted();
    const keys = await Promise.all(names.map(async (key) => ({ key, ttlMs: await redis.pttl(key) })));
    const clients = await redis.client('LIST');
    const status = await house.database.connection.db?.admin().command({ serverStatus: 1 });
    return {
      processes,
      redisKeys: keys.filter(({ ttlMs }) => ttlMs < 0).map(({ key }) => key),
      redisExpiring: keys.filter(({ ttlMs }) => ttlMs >= 0),
      redisClients: String(clients).trim().split('\n').length,
      mongodbConnections: Number(status?.['connections']?.current),
      platformSockets: house.slack.connections + house.discord.gateway.connected(),
    };
  } finally {
    redis.disconnect();
  }
}

/** The longest that anything which comes and goes may be kept: a run's stream, for readers that come late. */
const LONGEST_TTL_MS = TIMINGS.eventTtlMs;

/** What has grown by more than its tolerance, as sentences. A process is compared with the first of its role. */
export function grownResources(before: Resources, after: Resources): string[] {
  const sentences: string[] = [];
  const compare = (what: string, name: keyof typeof TOLERANCES, from: number, to: number) => {
    // A figure that is not told (NaN) is no small one.
    if (to <= from + TOLERANCES[name]) return;
    sentences.push(
      `${what}: ${name} was ${Math.round(from)} before and is ${Math.round(to)} after, more than ${TOLERANCES[name]} above.`,
    );
  };
  for (const process of after.processes) {
    const first = before.processes.find(({ role }) => role === process.role);
    if (first === undefined) continue;
    for (const name of ['residentMb', 'heapMb', 'fds', 'handles'] as const) {
      compare(`A process of the role ${process.role}`, name, first[name], process[name]);
    }
  }
  const newKeys = after.redisKeys.filter((key) => !before.redisKeys.includes(key));
  compare(`Redis (${newKeys.join(' ')})`, 'redisKeys', before.redisKeys.length, after.redisKeys.length);
  for (const { key, ttlMs } of after.redisExpiring) {
    if (ttlMs > LONGEST_TTL_MS) sentences.push(`Redis keeps ${key} for ${ttlMs} ms more.`);
  }
  compare('Redis', 'redisClients', before.redisClients, after.redisClients);
  compare('MongoDB', 'mongodbConnections', before.mongodbConnections, after.mongodbConnections);
  compare('The platforms', 'platformSockets', before.platformSockets, after.platformSockets);
  return sentences;
}
