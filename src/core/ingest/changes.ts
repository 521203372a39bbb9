import type {
  Ingest,
  IncomingClosure,
  IncomingDeletion,
  IncomingEdit,
  IncomingThreadChange,
  IngestResult,
} from '../ports.ts';
import { sanitiseText } from '../rendering/sanitise.ts';
import { isTerminal } from '../runs/run-lifecycle.ts';
import { cancelRun } from '../runs/cancel-run.ts';
import type { CancelAction, Run } from '../runs/run.ts';
import type { Origin } from '../origin.ts';
import type { IngestParts } from './ingest-parts.ts';

const UNKNOWN_THREAD: IngestResult = { kind: 'ignored', why: 'the thread is not one of ours' };

/** A thread has few open runs; this only bounds a surprise. */
const OPEN_RUNS = 200;

/** What happens to a thread's messages and to the thread itself on the platform. */
export function createChanges(parts: IngestParts): Omit<Ingest, 'message'> {
  const { threads, messages, runs, deliveries } = parts;

  const cancel = ({ threadId, id: runId }: Run, action: CancelAction) =>
    cancelRun(parts, { threadId, runId }, action);

  async function cancelOpenRuns(threadId: string, action: CancelAction): Promise<void> {
    const recent = await runs.listByThread(threadId, OPEN_RUNS);
    for (const run of recent.filter(({ status }) => !isTerminal(status))) await cancel(run, action);
  }

  /** Of a collected burst the messages that are left are still to be answered. */
  async function hasNothingToAnswer({ threadId, triggerMessageIds }: Run): Promise<boolean> {
    const inputs = await Promise.all(triggerMessageIds.map((id) => messages.find(threadId, id)));
    return inputs.every((input) => input === null || input.redactedAt !== null);
  }

  /** Somebody removed the bot's own message: its text is erased here too, and nothing more is written to it. */
  async function answerDeleted(
    threadId: string,
    { sourceId, deletedAt }: IncomingDeletion,
  ): Promise<IngestResult> {
    const delivery = await deliveries.findByPlatformMessage(threadId, sourceId);
    if (delivery === null) return { kind: 'ignored', why: 'the message is not one of ours' };
    const run = await runs.find(delivery);
    if (run === null) return UNKNOWN_THREAD;
    if (!isTerminal(run.status)) await cancel(run, 'discard');
    // Looked up again, because the run may have ended before it could be cancelled.
    const { messageIds } = (await runs.find(delivery)) ?? run;
    await messages.redact(threadId, messageIds, deletedAt);
    return { kind: 'stored', threadId, messageId: messageIds.at(-1) ?? null };
  }

  return {
    async edit({ origin, sourceId, text, editedAt }: IncomingEdit) {
      const thread = await threads.findByOrigin(origin);
      if (thread === null) return UNKNOWN_THREAD;
      const message = await messages.findBySource(thread.id, sourceId);
      if (message === null) return { kind: 'ignored', why: 'the message was never taken in' };
      const revised = await messages.revise(thread.id, message.id, sanitiseText(text), editedAt);
      const where = { threadId: thread.id, messageId: message.id };
      return revised ? { kind: 'stored', ...where } : { kind: 'duplicate', ...where };
    },

    async deletion(deletion: IncomingDeletion) {
      const thread = await threads.findByOrigin(deletion.origin);
      if (thread === null) return UNKNOWN_THREAD;
      const message = await messages.findBySource(thread.id, deletion.sourceId);
      if (message === null) return answerDeleted(thread.id, deletion);
      await messages.redact(thread.id, [message.id], deletion.deletedAt);
      for (const run of await runs.openByTrigger(thread.id, message.id)) {
        if (await hasNothingToAnswer(run)) await cancel(run, 'rollback');
      }
      return { kind: 'stored', threadId: thread.id, messageId: message.id };
    },

    async closure({ origin, reason, closedAt }: IncomingClosure) {
      const thread = await threads.findByOrigin(origin);
      if (thread === null) return UNKNOWN_THREAD;
      await threads.close(thread.id, reason, closedAt);
      await cancelOpenRuns(thread.id, 'interrupt');
      return { kind: 'stored', threadId: thread.id, messageId: null };
    },

    async threadChange({ origin, name, metadata }: IncomingThreadChange) {
      const thread = await threads.findByOrigin(origin);
      if (thread === null) return UNKNOWN_THREAD;
      await threads.setMetadata(thread.id, metadata, name === null ? undefined : sanitiseText(name));
      return { kind: 'stored', threadId: thread.id, messageId: null };
    },

    async stop(origin: Origin) {
      const thread = await threads.findByOrigin(origin);
      if (thread === null) return UNKNOWN_THREAD;
      await cancelOpenRuns(thread.id, 'interrupt');
      return { kind: 'stored', threadId: thread.id, messageId: null };
    },
  };
}
