import type { NewId } from '../../../core/clock.ts';
import type { RunWish } from '../../../core/runs/start-run.ts';
import type { MultitaskStrategy } from '../../../core/runs/run.ts';
import type { Metadata } from '../../../core/threads/thread.ts';
import type { ApiParts } from '../api-parts.ts';
import { assistantNamed } from '../assistants.ts';
import { invalid } from '../errors.ts';
import { readMessageInput } from '../read-message-input.ts';
import { newThreadId } from '../schemas/json.ts';
import type { RunRequest } from '../schemas/run-request.ts';

/**
 * What a request for a run asks of core. `threadId` is null for a run with a thread of its own. Ids come from `newId`, in
 * the same order for the same request. @throws ApiError `invalid_input`
 */
export function runWish(
  parts: Pick<ApiParts, 'assistants' | 'multitaskOf' | 'clock'>,
  request: RunRequest,
  where: { projectId: string; threadId: string | null },
  newId: NewId,
): RunWish {
  const assistant = assistantNamed(parts, request.assistant_id, 'assistant_id').id;
  const isAlone = where.threadId === null;
  const threadId = where.threadId ?? newId();
  if (request.on_completion === 'delete' && !isAlone) {
    throw invalid(
      'on_completion',
      'on_completion must not be "delete" for a thread that is there; delete the thread itself.',
    );
  }
  if (request.if_not_exists === 'create' && !newThreadId.safeParse(threadId).success) {
    throw invalid('thread_id', 'thread_id must be a UUID where the thread is to be made.');
  }
  const runId = newId();
  const at = parts.clock.now();
  return {
    runId,
    thread: { id: threadId, projectId: where.projectId, assistantId: assistant },
    makesThread: isAlone || request.if_not_exists === 'create',
    assistantId: assistant,
    messages: (request.input?.messages ?? []).map((message) => readMessageInput(message, newId, at)),
    strategy: request.multitask_strategy ?? usual(parts.multitaskOf(assistant)),
    delayMs: Math.round((request.after_seconds ?? 0) * 1_000),
    after: stepToFollow(request),
    metadata: request.metadata ?? {},
    kwargs: kwargsOf(request),
    onCompletion: isAlone && (request.on_completion ?? 'delete') === 'delete' ? 'delete' : 'keep',
  };
}

/** A program gets a run of its own, also where messages of people are collected into one. */
function usual(strategy: MultitaskStrategy): MultitaskStrategy {
  return strategy === 'collect' ? 'enqueue' : strategy;
}

/** Of the checkpoint that a request names. */
export function stepToFollow({ checkpoint, checkpoint_id: id }: RunRequest): number | null {
  const named = id ?? checkpoint?.checkpoint_id;
  return named === undefined ? null : Number(named);
}

/** What is told again of a run. Not its input: messages that are deleted are to be gone. */
function kwargsOf(request: RunRequest): Metadata {
  const { config, context, stream_mode: modes, stream_resumable: isResumable } = request;
  const { on_disconnect: onDisconnect, after_seconds: afterSeconds } = request;
  return {
    ...(config === undefined ? {} : { config }),
    ...(context === undefined || context === null ? {} : { context }),
    ...(modes === undefined ? {} : { stream_mode: typeof modes === 'string' ? [modes] : modes }),
    ...(isResumable === undefined ? {} : { stream_resumable: isResumable }),
    ...(onDisconnect === undefined ? {} : { on_disconnect: onDisconnect }),
    ...(afterSeconds === undefined ? {} : { after_seconds: afterSeconds }),
  };
}
