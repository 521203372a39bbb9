import type { Redis } from 'ioredis';
import type { Database } from '../../src/store/index.ts';

export type CommandCounts = Map<string, number>;

/** What servers ask of themselves, and what the bench asks to count. */
const NOT_OURS = new Set([
  'hello',
  'isMaster',
  'serverStatus',
  'ping',
  'getMore',
  'replSetHeartbeat',
  'endSessions',
]);

/** The commands that MongoDB has taken since its start, by name, as it counts them itself. */
export async function mongodbCommands({ connection }: Database): Promise<CommandCounts> {
  const status = await connection.db?.admin().command({ serverStatus: 1 });
  const commands: Record<string, unknown> = status?.['metrics']?.['commands'] ?? {};
  const counts = Object.entries(commands).flatMap(([name, count]) => {
    const total = typeof count === 'object' && count !== null && 'total' in count ? Number(count.total) : 0;
    return total > 0 && !NOT_OURS.has(name) ? [[name, total] as const] : [];
  });
  return new Map(counts);
}

/** What came between two counts. */
export function between(before: CommandCounts, after: CommandCounts): CommandCounts {
  const grown = [...after].map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const);
  return new Map(grown.filter(([, count]) => count > 0));
}

export function total(counts: CommandCounts): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** `find 2.00, insert 1.00`: each count divided, the greatest first. */
export function perUnit(counts: CommandCounts, units: number): string {
  return [...counts]
    .sort(([, left], [, right]) => right - left)
    .map(([name, count]) => `${name} ${(count / units).toFixed(2)}`)
    .join(', ');
}

/**
 * Counts the commands that clients send to Redis until `stop`, by name; those inside scripts are not theirs. Redis tells
 * each one to the watcher, which costs it time: not to be done while time is measured. `isCounted` sees the command with
 * its arguments.
 */
export async function watchRedis(
  connection: Redis,
  isCounted: (command: readonly string[]) => boolean,
): Promise<{ counts: CommandCounts; stop(): void }> {
  const counts: CommandCounts = new Map();
  const monitor = await connection.monitor();
  monitor.on('monitor', (_time: string, args: string[], source: string) => {
    if (source === 'lua' || !isCounted(args)) return;
    const name = (args[0] ?? '').toLowerCase();
    counts.set(name, (counts.get(name) ?? 0) + 1);
  });
  return { counts, stop: () => monitor.disconnect() };
}
