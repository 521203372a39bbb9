import { StaleAttemptError, ThreadrelayError } from '../core/errors.ts';
import type { RunOutcome } from '../core/ports.ts';
import { nextRunStatus, type RunTransition } from '../core/runs/run-lifecycle.ts';
import type { RunLease } from '../core/runs/run.ts';
import type { Database } from './database.ts';
import { newMessageDocument } from './documents.ts';
import { insertOne } from './insert-one.ts';
import { redactMessages } from './redaction.ts';
import { heldBy } from './run-guard.ts';
import { metadataUpdate } from './threads.ts';

const TRANSITION_TO: Record<RunOutcome['status'], RunTransition> = {
  succeeded: 'succeed',
  failed: 'fail',
  timed_out: 'time_out',
  cancelled: 'cancel',
};

/** Ends a run and appends what it said, all or nothing. @throws StaleAttemptError when the attempt
 * was overtaken, ThreadrelayError `conflict` when an answer is to be kept of a run that is to be forgotten.
 */
export async function settleRun(database: Database, lease: RunLease, outcome: RunOutcome): Promise<void> {
  const { models, connection } = database;
  const transition = TRANSITION_TO[outcome.status];
  const { messages, routing } = outcome;
  const metadata = metadataUpdate(routing?.threadMetadata ?? {});
  await connection.transaction(async (session) => {
    const run = await models.runs
      .findOneAndUpdate(
        heldBy(lease),
        {
          $set: {
            status: nextRunStatus('running', transition),
            error: outcome.error,
            usage: outcome.usage,
            endedAt: outcome.endedAt,
            messageIds: messages.map((message) => message.id),
            ...(routing === null
              ? {}
              : { route: routing.route, workflow: routing.workflow, assistantId: routing.assistantId }),
          },
        },
        { session, returnDocument: 'after' },
      )
      .lean();
    if (run === null) throw new StaleAttemptError('run', lease.fence);
    const isUnwanted = run.cancel === 'rollback' || run.cancel === 'discard';
    if (isUnwanted && outcome.status === 'succeeded') {
      throw new ThreadrelayError('conflict', 'The run is to be forgotten, so its answer is not kept.');
    }

    const thread = await models.threads
      .findOneAndUpdate(
        { _id: lease.threadId },
        {
          $inc: { lastSeq: messages.length },
          $set: { ...metadata.$set, updatedAt: outcome.endedAt },
          $unset: metadata.$unset,
        },
        { session, returnDocument: 'after' },
      )
      .lean();
    // A deleted thread takes its runs with it, so this happens only if the deletion is under way: it wins.
    if (thread === null) throw new StaleAttemptError('thread', lease.fence);

    const firstSeq = thread.lastSeq - messages.length + 1;
    const documents = messages.map((message, index) =>
      newMessageDocument(message, { threadId: lease.threadId, seq: firstSeq + index, runId: lease.runId }),
    );
    for (const document of documents) await insertOne(connection, 'messages', document, session);
    if (run.status === 'cancelled' && run.cancel === 'rollback') {
      await redactMessages(models, lease.threadId, run.triggerMessageIds, outcome.endedAt, session);
    }
  });
}
