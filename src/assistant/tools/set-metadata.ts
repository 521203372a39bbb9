import { z } from 'zod';
import { ThreadrelayError } from '../../core/errors.ts';
import type { RunStore, ThreadStore } from '../../core/ports.ts';
import { defineTool, type Tool } from './tool.ts';

/** Metadata names and sorts; what is longer is text for a message. In UTF-16 units. */
const MAX_TEXT = 500;
/** As forum posts have at most 5 tags and tickets few labels. */
const MAX_LIST = 20;

const text = z.string().max(MAX_TEXT);
const value = z.union([text, z.number(), z.boolean(), z.null(), z.array(text).max(MAX_LIST)]);

/**
 * Lets the model set these keys of its thread's metadata, and no others. They count for later messages of the thread: the
 * run that sets them keeps its route, also where it waits for people or is tried again.
 */
export function setMetadata(
  keys: readonly string[],
  { threads, runs }: { threads: Pick<ThreadStore, 'setMetadata'>; runs: Pick<RunStore, 'keepRoute'> },
): Tool {
  return defineTool({
    name: 'set_metadata',
    description: `Keeps facts about this conversation where programs and people find them. It takes: ${keys.join(', ')}. null removes one.`,
    input: z.strictObject(Object.fromEntries(keys.map((key) => [key, value.optional()]))),
    async execute(given, { thread, run }) {
      const changes = Object.fromEntries(Object.entries(given).filter(([, each]) => each !== undefined));
      if (Object.keys(changes).length === 0) {
        throw new ThreadrelayError('invalid_input', `Give at least one of ${keys.join(', ')}.`);
      }
      await runs.keepRoute({ threadId: thread.id, runId: run.id, fence: run.fence }, run);
      await threads.setMetadata(thread.id, changes);
      return { set: changes };
    },
  });
}
