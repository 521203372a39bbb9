import { Redis } from 'ioredis';
import { defineBench } from './bench.ts';
import { cpuPerUnit, cpuTimes } from './cpu-time.ts';
import type { Lab } from './lab.ts';
import { createRun, type Load, openLoad, scriptedConfig } from './load.ts';
import { percentile, spread } from './statistics.ts';
import { between, mongodbCommands, perUnit, total, watchRedis } from './store-commands.ts';

type RunTimes = { threadId: string; firstEventMs: number; endMs: number };

const TOKENS = 50;
/** A run that has not ended by then never will: the bench fails rather than hangs. */
const LOST_AFTER_MS = 60_000;

/** Executes one run in a thread of its own and times it from its creation, as a reader of its stream sees it. */
export async function timeRun(load: Load): Promise<RunTimes> {
  const run = await createRun(load);
  const lost = AbortSignal.timeout(LOST_AFTER_MS);
  const times = new Promise<RunTimes>((resolve, reject) => {
    let firstEventMs: number | null = null;
    const unfollow = load.queues.events.follow(run, null, (events) => {
      const elapsed = performance.now() - run.createdAt;
      firstEventMs ??= elapsed;
      const end = events.find(({ event }) => event.type === 'end')?.event;
      if (end?.type !== 'end') return;
      unfollow();
      if (end.status === 'succeeded') resolve({ threadId: run.threadId, firstEventMs, endMs: elapsed });
      else reject(new Error(`run ${run.runId} ended as ${end.status}`));
    });
    lost.addEventListener('abort', () => reject(new Error(`run ${run.runId} did not end`)), { once: true });
  });
  await run.ring();
  return times;
}

/** Keeps `atOnce` runs under way until `count` have ended. */
export async function timeRuns(
  load: Load,
  atOnce: number,
  count: number,
): Promise<{ times: RunTimes[]; perSecond: number }> {
  const times: RunTimes[] = [];
  let left = count;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (; left > 0; ) {
        left -= 1;
        times.push(await timeRun(load));
      }
    }),
  );
  return { times, perSecond: times.length / ((performance.now() - startedAt) / 1_000) };
}

/** Commands of the whole life of a run, from its creation to its end; the reader that times it is not counted. */
async function countCommands(lab: Lab, load: Load, count: number) {
  const watcher = new Redis(lab.redisUrl);
  lab.onClose(async () => watcher.disconnect());
  const redis = await watchRedis(watcher, (command) => !isOfReader(command));
  const before = await mongodbCommands(load.database);
  await timeRuns(load, 64, count);
  const mongodb = between(before, await mongodbCommands(load.database));
  redis.stop();
  return { mongodb, redis: redis.counts };
}

/** A reader of streams blocks on them, and wakes itself when it follows one more. */
function isOfReader([name = '', key = '']: readonly string[]): boolean {
  return ['xread', 'multi', 'exec'].includes(name.toLowerCase()) || key.includes(':wake:');
}

export const runs = defineBench({
  name: 'runs',
  about: 'scripted runs of 50 tokens without a platform, from created to terminal, at 1, 16 and 64 at once',
  sizes: {
    'warm-up': { full: 2_000, quick: 100, about: 'runs before anything is measured' },
    c1: { full: 300, quick: 20, about: 'runs, one at a time' },
    c16: { full: 2_000, quick: 64, about: 'runs, 16 at once' },
    c64: { full: 5_000, quick: 256, about: 'runs of one repetition, 64 at once' },
    repeats: { full: 5, quick: 1, about: 'repetitions at 64; the median is told' },
    counted: { full: 1_000, quick: 100, about: 'runs whose store commands are counted' },
  },
  async measure(lab, size) {
    const load = await openLoad(lab);
    const service = await lab.startService('worker', scriptedConfig(TOKENS, 0));
    const notes: string[] = [];
    lab.say('warming up');
    await timeRuns(load, 64, size('warm-up'));
    for (const [atOnce, count] of [
      [1, size('c1')],
      [16, size('c16')],
    ] as const) {
      const { times, perSecond } = await timeRuns(load, atOnce, count);
      notes.push(
        `c${atOnce}: ${perSecond.toFixed(1)} runs/s; first event ${spread(times.map((time) => time.firstEventMs))}; ` +
          `end ${spread(times.map((time) => time.endMs))}`,
      );
    }
    const repetitions: { times: RunTimes[]; perSecond: number }[] = [];
    const cpuBefore = await cpuTimes(service, load);
    for (let index = 0; index < size('repeats'); index += 1) {
      repetitions.push(await timeRuns(load, 64, size('c64')));
      lab.say(`c64: ${repetitions.at(-1)?.perSecond.toFixed(1)} runs/s`);
    }
    const cpuAfter = await cpuTimes(service, load);
    const times = repetitions.flatMap((repetition) => repetition.times);
    const perSecond = repetitions.map((repetition) => repetition.perSecond);
    const firstEvents = times.map((time) => time.firstEventMs);
    const ends = times.map((time) => time.endMs);
    notes.push(
      `c64: ${perSecond.map((each) => each.toFixed(1)).join(', ')} runs/s; first event ${spread(firstEvents)}; end ${spread(ends)}`,
      `c64: processor time of a run: ${cpuPerUnit(cpuBefore, cpuAfter, times.length)}`,
    );
    const counted = size('counted');
    const { mongodb, redis } = await countCommands(lab, load, counted);
    notes.push(`mongodb per run: ${perUnit(mongodb, counted)}`, `redis per run: ${perUnit(redis, counted)}`);
    return {
      figures: {
        c64_runs_per_s: percentile(perSecond, 0.5),
        c64_first_event_ms_p50: percentile(firstEvents, 0.5),
        c64_end_ms_p99: percentile(ends, 0.99),
        mongodb_commands_per_run: total(mongodb) / counted,
        redis_commands_per_run: total(redis) / counted,
      },
      notes,
    };
  },
});
