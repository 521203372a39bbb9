import type { CancelBroadcast } from '../core/ports.ts';
import { CANCEL_ACTIONS, type RunRef } from '../core/runs/run.ts';
import type { Keys } from './keys.ts';
import type { StreamReader } from './stream-reader.ts';
import type { RedisClient } from './redis.ts';

/** Wishes kept for readers that reconnect; older ones are found by the next heartbeat. */
const KEPT = 1_000;

/** The stream is read from a little before now: Redis's clock may be behind ours, and its ids count milliseconds. */
const LOOK_BACK_MS = 30_000;

/** Cancellations travel on one stream that every worker process follows with the reader it has anyway. */
export function createCancelBroadcast(options: {
  commands: RedisClient;
  reader: StreamReader;
  keys: Keys;
}): CancelBroadcast {
  const { commands, reader, keys } = options;
  // The reader follows a stream once, so all who listen in this process share it.
  const listeners = new Set<Parameters<CancelBroadcast['subscribe']>[0]>();
  let stop: (() => void) | null = null;
  return {
    async publish({ threadId, runId, action }) {
      await commands.xadd(
        keys.cancels,
        'MAXLEN',
        '~',
        KEPT,
        '*',
        'threadId',
        threadId,
        'runId',
        runId,
        'action',
        action,
      );
    },
    subscribe(listener) {
      listeners.add(listener);
      // An older wish is in the database, where a claim sees it; one that is heard twice changes nothing.
      stop ??= reader.follow(keys.cancels, `${Date.now() - LOOK_BACK_MS}-0`, (entries) => {
        for (const { fields } of entries) {
          const ref: RunRef = { threadId: fields.get('threadId') ?? '', runId: fields.get('runId') ?? '' };
          const action = CANCEL_ACTIONS.find((each) => each === fields.get('action')) ?? 'interrupt';
          for (const each of listeners) each({ ...ref, action });
        }
      });
      return () => {
        if (!listeners.delete(listener) || listeners.size > 0) return;
        stop?.();
        stop = null;
      };
    },
  };
}
