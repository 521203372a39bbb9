import type { Logger } from '../../core/logger.ts';
import type { Message, NewMessage } from '../../core/messages/message.ts';
import type { RunRecordStore, StepRecord } from '../../core/ports.ts';
import { recordSteps } from '../../core/runs/record-steps.ts';
import type { Run } from '../../core/runs/run.ts';
import type { Assistant } from './route-run.ts';

/** Records that wait for the database: each holds some kilobytes, and more would mean that it is away for long. */
const MOST_WAITING = 1_000;

/** What an attempt was made with, known once it is routed. */
export type Recording = { assistant: Assistant; conversation: readonly Message[] };

export type RecordKeeper = {
  /**
   * Keeps the steps of an attempt that has ended, behind its back: a record that cannot be stored is logged and counted, and
   * costs the run nothing. `stored` are the messages that it left in the thread; null where what was said is to be forgotten.
   */
  keep(
    run: Run,
    recording: Recording,
    steps: readonly StepRecord[],
    stored: readonly NewMessage[] | null,
  ): void;
  /** Resolves when none waits for the database. */
  idle(): Promise<void>;
};

export function createRecordKeeper(parts: {
  records: Pick<RunRecordStore, 'add'>;
  logger: Logger;
  /** A record could not be stored. */
  onLost?: () => void;
}): RecordKeeper {
  const { records, logger, onLost } = parts;
  const waiting = new Set<Promise<void>>();

  const lose = (run: Run, error: unknown) => {
    onLost?.();
    logger.warn({ runId: run.id, threadId: run.threadId, err: error }, 'the record of a run was not stored');
  };

  return {
    keep(run, { assistant: { profile, version }, conversation }, steps, stored) {
      if (steps.length === 0) return;
      if (waiting.size >= MOST_WAITING) return lose(run, new Error('too many records wait for the database'));
      const said = (stored ?? []).map(({ id, role, text, toolCallId = null }) => ({
        id,
        role,
        text,
        toolCallId,
      }));
      const { id: runId, threadId, projectId, fence, attempt, createdAt } = run;
      const added = records
        .add({
          runId,
          threadId,
          projectId,
          assistantId: profile.id,
          assistantVersion: version,
          instructions: profile.instructions,
          steps: recordSteps(steps, {
            sources: [...conversation, ...said],
            instructions: profile.instructions,
            attempt,
            keepsText: stored !== null,
          }),
          createdAt,
          fence,
        })
        .catch((error: unknown) => lose(run, error));
      waiting.add(added);
      void added.finally(() => waiting.delete(added));
    },
    async idle() {
      await Promise.all(waiting);
    },
  };
}
