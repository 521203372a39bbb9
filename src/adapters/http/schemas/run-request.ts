import { z } from 'zod';
import { STREAM_MODES } from '../../../core/streaming/stream-mode.ts';
import { command } from './command.ts';
import { absent, assistantId, jsonObject, maybe, metadata, threadId } from './json.ts';
import { messageInput, MOST_MESSAGES } from './message.ts';
import { MOST_OFFSET, queryBoolean, queryInteger, queryList } from './query.ts';
import { runStatus } from './run.ts';
import { checkpointId, checkpointInput } from './state.ts';

/** The longest that a run may be put off: 30 days. */
const LATEST_SECONDS = 30 * 24 * 60 * 60;

const streamMode = z.enum(STREAM_MODES);

const streamModes = maybe(z.union([streamMode, z.array(streamMode).max(20)])).meta({
  description: 'What is streamed; `values`, `messages-tuple` and `tools` unless given.',
  examples: [['values', 'messages-tuple']],
});

/** Fields that the SDK sends and that change nothing here. */
const ignored = {
  stream_subgraphs: z.unknown().optional(),
  feedback_keys: z.unknown().optional(),
  checkpoint_during: z.unknown().optional(),
  durability: z.unknown().optional(),
  langsmith_tracer: z.unknown().optional(),
};

const shared = {
  assistant_id: assistantId,
  input: maybe(z.strictObject({ messages: maybe(z.array(messageInput).max(MOST_MESSAGES)) })).meta({
    description: 'Messages to append. Without any the run continues from what is there.',
  }),
  config: maybe(jsonObject).meta({ description: 'Kept with the run.' }),
  context: z.unknown().optional().meta({ description: 'Kept with the run.' }),
  metadata: maybe(metadata),
  stream_mode: streamModes,
  stream_resumable: maybe(z.boolean()).meta({ description: 'Every stream can be resumed.' }),
  multitask_strategy: maybe(z.enum(['enqueue', 'interrupt', 'rollback', 'reject'])).meta({
    description:
      'What becomes of runs of the thread that have not ended: wait for them, stop them, stop and forget them, or refuse this one with 409.',
  }),
  on_disconnect: maybe(z.enum(['cancel', 'continue'])).meta({
    description: 'What becomes of the run when the client goes away; it continues unless given.',
  }),
  after_seconds: maybe(z.number().min(0).max(LATEST_SECONDS)).meta({
    description: 'The run begins so many seconds from now, some seconds later at most.',
  }),
  checkpoint: maybe(checkpointInput).meta({ description: 'Must be the newest one.' }),
  checkpoint_id: maybe(checkpointId).meta({ description: 'Must be the newest one.' }),
  command: maybe(command).meta({
    description:
      'Decides what a run of the thread waits for. No run is made: the answer is that of the run which goes on, and what it is still to tell.',
  }),
  webhook: absent('follow the run instead'),
  interrupt_before: absent('workflows here have no steps to stop at'),
  interrupt_after: absent('workflows here have no steps to stop at'),
  ...ignored,
};

const example = {
  assistant_id: 'support',
  input: { messages: [{ type: 'human', content: 'Where is my order?' }] },
};

/** A run on a thread of the address. */
export const threadRun = z
  .strictObject({
    ...shared,
    if_not_exists: maybe(z.enum(['create', 'reject'])).meta({
      description: 'Whether a thread that is not there is made; it is not unless given.',
    }),
    on_completion: maybe(z.enum(['keep', 'complete', 'continue'])).meta({
      description: 'The thread is kept; `delete` is for runs without a thread of their own.',
    }),
  })
  .meta({ id: 'RunRequest', example: { ...example, stream_mode: ['values', 'messages-tuple'] } });

/** A run on a thread of the body, or on one that is made for it. */
export const looseRun = z
  .strictObject({
    ...shared,
    thread_id: maybe(threadId).meta({
      description: 'The thread to continue. Without it one is made for this run.',
    }),
    if_not_exists: maybe(z.enum(['create', 'reject'])).meta({
      description: 'Whether the thread of `thread_id` is made when it is not there.',
    }),
    on_completion: maybe(z.enum(['delete', 'keep', 'complete', 'continue'])).meta({
      description:
        'What becomes of the thread that is made for the run: it is deleted a minute after the end unless this says `keep`.',
    }),
  })
  .meta({ id: 'StatelessRunRequest', example });

export type RunRequest = z.output<typeof threadRun> | z.output<typeof looseRun>;

const RUN_FIELDS = [
  'run_id',
  'thread_id',
  'assistant_id',
  'created_at',
  'updated_at',
  'status',
  'metadata',
  'kwargs',
  'multitask_strategy',
  'error',
] as const;

/** Runs of a page: each is a few hundred bytes, so a page stays under a megabyte. */
const MOST_RUNS = 1_000;

export const listRuns = z.strictObject({
  limit: queryInteger(1, MOST_RUNS).optional().meta({ description: 'At most so many; 10 unless given.' }),
  offset: queryInteger(0, MOST_OFFSET)
    .optional()
    .meta({ description: 'Leaves out so many at the beginning.' }),
  status: runStatus.optional(),
  select: queryList(z.enum(RUN_FIELDS)).optional().meta({ description: 'Only these fields.' }),
});

const cancelOnDisconnect = queryBoolean.optional().meta({
  description: 'Cancels the run when this client goes away. Needs a key that may write.',
});

export const joinQuery = z.strictObject({ cancel_on_disconnect: cancelOnDisconnect });

export const joinStreamQuery = z.strictObject({
  cancel_on_disconnect: cancelOnDisconnect,
  stream_mode: queryList(streamMode)
    .optional()
    .meta({ description: 'What is streamed; what the run was started with unless given.' }),
});

export const cancelQuery = z.strictObject({
  wait: queryBoolean.optional().meta({ description: 'Answer when the run has ended, with 204.' }),
  action: z
    .enum(['interrupt', 'rollback'])
    .optional()
    .meta({ description: '`interrupt` keeps what was said, `rollback` forgets it and the input.' }),
});
