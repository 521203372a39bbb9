import type { Clock } from '../clock.ts';
import { ThreadrelayError } from '../errors.ts';
import { ringBell } from '../ingest/ring-bell.ts';
import type { Logger } from '../logger.ts';
import type { NewMessage } from '../messages/message.ts';
import type {
  Admission,
  AdmissionPlan,
  CancelBroadcast,
  Doorbells,
  InboxStore,
  MessageStore,
} from '../ports.ts';
import type { Metadata, NewThread, Thread } from '../threads/thread.ts';
import type { MultitaskStrategy, RunRef } from './run.ts';

/** What a program asks for when it starts a run. */
export type RunWish = {
  runId: string;
  /** What the thread is made with, where it is to be made. */
  thread: Pick<NewThread, 'id' | 'projectId' | 'assistantId'>;
  makesThread: boolean;
  assistantId: string;
  /** Appended to the thread; those that are in it already are left out. None: the run continues from what is there. */
  messages: readonly NewMessage[];
  strategy: MultitaskStrategy;
  delayMs: number;
  /** The step that the run is to follow, where that matters. */
  after: number | null;
  metadata: Metadata;
  kwargs: Metadata;
  onCompletion: 'keep' | 'delete';
};

/**
 * `isNew` is false for a run that the same messages have started before. Of new ones it is known with which step they
 * begin, and which messages were appended for them.
 */
export type StartedRun = RunRef &
  ({ isNew: true; ordinal: number; appended: readonly NewMessage[] } | { isNew: false });

export type StartParts = {
  inbox: InboxStore;
  messages: Pick<MessageStore, 'findBySource'>;
  doorbells: Pick<Doorbells, 'ringThread'>;
  cancels: Pick<CancelBroadcast, 'publish'>;
  clock: Pick<Clock, 'now'>;
  logger: Logger;
};

/**
 * Starts a run: stores its messages and the run in one go, rings for it, and stops the runs before it as its strategy
 * says. When it throws, nothing was stored.
 * @throws ThreadrelayError `not_found` for a thread that is not there, `thread_closed`, `thread_busy` when it is to be
 * rejected beside others, `conflict` for a message that is known otherwise, `invalid_input` for what cannot be stored or a
 * step that is not the newest
 */
export async function startRun(parts: StartParts, wish: RunWish): Promise<StartedRun> {
  const messages = await unknownOf(parts, wish);
  const now = parts.clock.now();
  const result = await parts.inbox.admit(admissionOf(wish, messages, now));
  if (result.kind === 'refused') throw new ThreadrelayError('not_found', 'There is no such thread.');
  if (result.kind === 'duplicate') {
    if (result.run !== null) return { ...result.run, isNew: false };
    // They were appended without starting a run, which is made good now.
    return startRun(parts, { ...wish, messages: [], makesThread: false });
  }
  const { run, threadId, seq } = result;
  if (run === null || run.rejected) throw busy();
  const delayMs = run.availableAt.getTime() - now.getTime();
  ringBell(parts, () => parts.doorbells.ringThread(threadId, { delayMs, priority: run.priority }));
  for (const ref of result.cancelled) ringBell(parts, () => parts.cancels.publish(ref));
  return { threadId, runId: run.runId, isNew: true, ordinal: seq, appended: messages };
}

function admissionOf(wish: RunWish, messages: readonly NewMessage[], now: Date): Admission {
  const { runId: id, assistantId, metadata, kwargs, onCompletion } = wish;
  const steps = Math.max(1, messages.length);
  return {
    thread: { ...wish.thread, name: null, metadata: {}, origin: null },
    onlyExisting: !wish.makesThread,
    messages,
    // What it throws is the admission's outcome, and nothing is stored.
    plan(thread): AdmissionPlan {
      requireOpen(thread, wish, thread.lastSeq - steps);
      return {
        kind: 'run',
        strategy: wish.strategy,
        // Who sees the thread on its platform sees this answer too.
        deliver: thread.origin === null ? null : { replyTo: null },
        run: {
          id,
          idempotencyKey: `api:${id}`,
          assistantId,
          priority: 0,
          createdAt: now,
          availableAt: new Date(now.getTime() + wish.delayMs),
          metadata,
          kwargs,
          onCompletion,
        },
      };
    },
  };
}

function requireOpen(thread: Thread, { strategy, after }: RunWish, lastSeqBefore: number): void {
  if (thread.closed !== null) {
    throw new ThreadrelayError(
      'thread_closed',
      `The thread takes no further runs: ${thread.closed.reason}. Start a new one.`,
    );
  }
  if (after !== null && after !== lastSeqBefore) {
    throw new ThreadrelayError(
      'invalid_input',
      'checkpoint_id is not the newest one of the thread, and a thread has no branches. Copy the thread, or leave it out.',
      { details: { field: 'checkpoint_id' } },
    );
  }
  if (strategy === 'reject' && thread.openRuns > 0) throw busy();
}

function busy(): ThreadrelayError {
  return new ThreadrelayError(
    'thread_busy',
    'A run of the thread has not ended, and this one was to be rejected then. Wait for its end, or choose another multitask_strategy.',
  );
}

/** The messages that the thread has not got yet; when it has all of them the last, which tells what they started. */
async function unknownOf(
  { messages }: Pick<StartParts, 'messages'>,
  wish: RunWish,
): Promise<readonly NewMessage[]> {
  const known = await Promise.all(
    wish.messages.map(async (message, index) => {
      const { sourceId = null } = message;
      if (sourceId === null) return false;
      const found = await messages.findBySource(wish.thread.id, sourceId);
      if (found === null) return false;
      if (found.redactedAt === null && found.text === message.text) return true;
      throw new ThreadrelayError(
        'conflict',
        found.redactedAt === null
          ? 'A message with this id is in the thread and says something else. Change it through the state of the thread, or send this under another id.'
          : 'The message with this id was deleted. Send this under another id.',
        { details: { field: `input.messages.${index}.id` } },
      );
    }),
  );
  const fresh = wish.messages.filter((_, index) => known[index] !== true);
  return fresh.length > 0 ? fresh : wish.messages.slice(-1);
}
