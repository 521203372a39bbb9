import { Redis } from 'ioredis';
import { createSlackFake } from '../fakes/slack/index.ts';
import { defineBench } from './bench.ts';
import { createRun, openLoad, scriptedConfig } from './load.ts';
import { timeRuns } from './runs.ts';
import { between, mongodbCommands, perUnit, total, watchRedis } from './store-commands.ts';
import { spread } from './statistics.ts';

/** Memory is looked at this often while nothing happens, and the median counts. */
const LOOKS = 5;

export const idle = defineBench({
  name: 'idle',
  about: 'what a process with all roles holds and asks while nothing happens, and after many runs',
  sizes: {
    'settle-s': { full: 20, quick: 3, about: 'seconds of quiet before memory is looked at' },
    'watch-s': { full: 60, quick: 5, about: 'seconds for which commands are counted' },
    runs: { full: 10_000, quick: 100, about: 'runs before memory is looked at again' },
  },
  async measure(lab, size) {
    const slack = await createSlackFake({});
    lab.onClose(() => slack.close());
    const load = await openLoad(lab);
    const service = await lab.startService('start', scriptedConfig(50, 0), {
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.url,
    });

    async function residentMb(): Promise<number> {
      const looks: number[] = [];
      for (let look = 0; look < LOOKS; look += 1) {
        await pause((size('settle-s') * 1_000) / LOOKS);
        looks.push(await service.residentMb());
      }
      return looks.toSorted((left, right) => left - right)[Math.floor(LOOKS / 2)] ?? Number.NaN;
    }

    const before = await residentMb();
    const watcher = new Redis(lab.redisUrl);
    lab.onClose(async () => watcher.disconnect());
    const redis = await watchRedis(watcher, () => true);
    const asked = await mongodbCommands(load.database);
    await pause(size('watch-s') * 1_000);
    const mongodb = between(asked, await mongodbCommands(load.database));
    redis.stop();
    // One answer first, so that the reader of streams and both bells are in use.
    await (await createRun(load)).ring();
    const { times } = await timeRuns(load, 16, size('runs'));
    const after = await residentMb();
    return {
      figures: {
        rss_mb: before,
        rss_after_mb: after,
        idle_commands_per_s: (total(mongodb) + total(redis.counts)) / size('watch-s'),
      },
      notes: [
        `idle for ${size('watch-s')} s, a second: mongodb ${perUnit(mongodb, size('watch-s'))}; redis ${perUnit(redis.counts, size('watch-s'))}`,
        `${times.length} runs of 50 tokens in between, 16 at once: end ${spread(times.map(({ endMs }) => endMs))}`,
      ],
    };
  },
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
