import type { RunEventEraser } from '../core/ports.ts';
import type { Timings } from '../core/timings.ts';
import type { Keys } from './keys.ts';
import { queueUnavailable, type RedisClient } from './redis.ts';
import { EVENTS_FIELD } from './run-event-batch.ts';

/** Streams that are forgotten at once; each takes some commands. */
const AT_ONCE = 50;

/** Above every id that an attempt can give: an entry's id begins with its fence. */
const LAST_ENTRY = `${Number.MAX_SAFE_INTEGER}-0`;

/** The answer of Redis to an entry whose id is not above all that there are. */
const IS_SEALED = /equal or smaller/;

export function createRunEventEraser(options: {
  commands: RedisClient;
  keys: Keys;
  timings: Pick<Timings, 'eventTtlMs'>;
}): RunEventEraser {
  const { commands, keys, timings } = options;

  /**
   * What the worker of a run that has ended still has in hand may come after this: an empty entry that is above all of it
   * makes Redis refuse it, for as long as a stream is kept.
   */
  async function seal(key: string): Promise<void> {
    await commands.xadd(key, LAST_ENTRY, EVENTS_FIELD, '[]').catch((thrown: unknown) => {
      if (!(thrown instanceof Error && IS_SEALED.test(thrown.message))) throw thrown;
    });
    await commands.xtrim(key, 'MAXLEN', 1);
    await commands.pexpire(key, timings.eventTtlMs);
  }

  return {
    async forget(runs) {
      try {
        // One by one: in a cluster they are in different places.
        for (let from = 0; from < runs.length; from += AT_ONCE) {
          await Promise.all(
            runs.slice(from, from + AT_ONCE).map(async ({ id, hasEnded }) => {
              const key = keys.runEvents(id);
              if (hasEnded) await seal(key);
              else await commands.del(key);
            }),
          );
        }
      } catch (thrown) {
        throw queueUnavailable(thrown);
      }
    },
  };
}
