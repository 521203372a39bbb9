import { readFile } from 'node:fs/promises';

type Ticks = { all: number; stolen: number };

/**
 * Begins to watch how much of the processors' time a virtual machine is not given, since its host runs others meanwhile:
 * figures of such a time say little. The returned function tells the share since then, from 0 to 1; null where the system
 * does not say (Linux does).
 */
export async function watchStolenTime(): Promise<() => Promise<number | null>> {
  const before = await ticks();
  return async () => {
    const after = await ticks();
    if (before === null || after === null) return null;
    return (after.stolen - before.stolen) / Math.max(1, after.all - before.all);
  };
}

/** The first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal; guests are in user already. */
async function ticks(): Promise<Ticks | null> {
  const text = await readFile('/proc/stat', 'utf8').catch(() => '');
  const [, ...numbers] = text.split('\n', 1)[0]?.split(/ +/).map(Number) ?? [];
  const counted = numbers.slice(0, 8);
  const stolen = counted[7];
  if (stolen === undefined || !Number.isFinite(stolen)) return null;
  return { all: counted.reduce((sum, each) => sum + each, 0), stolen };
}
