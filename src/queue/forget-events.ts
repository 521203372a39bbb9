import type { RunEventEraser } from '../core/ports.ts';
import type { Keys } from './keys.ts';
import { queueUnavailable, type RedisClient } from './redis.ts';

export function createRunEventEraser({
  commands,
  keys,
}: {
  commands: RedisClient;
  keys: Keys;
}): RunEventEraser {
  return {
    async forget(runIds) {
      try {
        // One by one: in a cluster they are in different places.
        for (const runId of runIds) await commands.del(keys.runEvents(runId));
      } catch (thrown) {
        throw queueUnavailable(thrown);
      }
    },
  };
}
