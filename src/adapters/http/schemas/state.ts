import { z } from 'zod';
import * as examples from './examples.ts';
import { checkKeys, jsonObject, maybe, time } from './json.ts';
import { message, messageInput, messageRemoval, MOST_MESSAGES } from './message.ts';

export const checkpoint = z
  .object({
    thread_id: z.string(),
    checkpoint_ns: z.literal(''),
    checkpoint_id: z
      .string()
      .meta({ description: 'The step as a number of 12 digits.', examples: ['000000000042'] }),
    checkpoint_map: z.null(),
  })
  .meta({ id: 'Checkpoint', examples: [examples.checkpoint] });

export const threadState = z
  .object({
    values: z
      .looseObject({ messages: z.array(message) })
      .nullable()
      .meta({ description: 'All messages and the custom state; null when it was not asked for.' }),
    next: z.array(z.string()),
    tasks: z.array(z.unknown()),
    metadata: jsonObject.meta({
      description:
        '`source` tells what made the step, `step` is its number; `tool_resources.file_search.files` of the newest state are the files of the thread.',
    }),
    created_at: time,
    checkpoint,
    parent_checkpoint: checkpoint.nullable(),
  })
  .meta({ id: 'ThreadState', examples: [examples.threadState] });

export const checkpointId = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a checkpoint_id of this thread, as "000000000042"');

/** Where the SDK names a checkpoint by an object. */
export const checkpointInput = z.strictObject({
  thread_id: maybe(z.string()),
  checkpoint_ns: maybe(z.literal('', 'must be empty: threads have no subgraphs')),
  checkpoint_id: maybe(checkpointId),
  checkpoint_map: z.unknown().optional(),
});

/** A config object, a checkpoint or a plain id. */
export const before = z.union(
  [
    checkpointId,
    checkpointInput,
    z.looseObject({ configurable: z.looseObject({ checkpoint_id: checkpointId }) }),
  ],
  { error: 'must be a checkpoint_id, a checkpoint, or {"configurable":{"checkpoint_id":…}}' },
);

/** States of a page without their values: half a kilobyte each. */
export const MOST_HISTORY = 1_000;

export const history = z
  .strictObject({
    limit: z.int().min(1).max(MOST_HISTORY).default(10),
    before: maybe(before).meta({ description: 'Only states older than this checkpoint.' }),
    metadata: maybe(jsonObject).meta({ description: 'Only states with these metadata.' }),
    checkpoint: maybe(checkpointInput),
    values: z
      .boolean()
      .default(true)
      .meta({ description: 'false leaves the values out, which makes it light.' }),
  })
  .prefault({})
  .meta({ id: 'HistoryRequest', example: { limit: 10, values: false } });

export type HistoryWish = Partial<z.output<typeof history>> & { limit: number; values: boolean };

export const stateByCheckpoint = z
  .strictObject({ checkpoint: checkpointInput, subgraphs: maybe(z.boolean()) })
  .meta({ id: 'StateRequest', example: { checkpoint: { checkpoint_id: '000000000042' } } });

/** Any `messages` beside custom values. */
const stateValues = z
  .looseObject({
    messages: z
      .array(z.union([messageRemoval, messageInput]))
      .max(MOST_MESSAGES)
      .optional(),
  })
  .superRefine(checkKeys);

export const updateState = z
  .strictObject({
    values: maybe(stateValues),
    checkpoint: maybe(checkpointInput),
    checkpoint_id: maybe(checkpointId),
    as_node: maybe(z.string().min(1).max(200)),
  })
  .meta({
    id: 'UpdateState',
    example: { values: { mood: 'calm', messages: [{ type: 'human', content: 'One thing more.' }] } },
  });

export const updatedState = z
  .object({ checkpoint })
  .meta({ id: 'UpdatedState', examples: [{ checkpoint: examples.checkpoint }] });
