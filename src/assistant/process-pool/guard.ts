import { setInterval } from 'node:timers';

/** How often it is looked, in milliseconds: memory grows by some ten megabytes meanwhile. */
const LOOK_MS = 50;

/**
 * Runs in a thread of its own in a work process, whose own thread may be blocked: kills the process when it has too much
 * memory, buffers included, which V8 does not count, and when the process it works for is gone and nobody else would.
 * Called with the id of that process, and the most memory in bytes.
 */
const [, , parent, residentBytes] = process.argv.map(Number);
setInterval(() => {
  const isTooLarge = process.memoryUsage.rss() > (residentBytes ?? 0);
  if (isTooLarge || process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, LOOK_MS);
