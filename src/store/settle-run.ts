import { createBatcher } from '../core/batching.ts';
import { StaleAttemptError, ThreadrelayError } from '../core/errors.ts';
import { isCopy } from '../core/messages/copied-results.ts';
import type { RunOutcome, SettledRun } from '../core/ports.ts';
import { nextRunStatus, type RunTransition } from '../core/runs/run-lifecycle.ts';
import type { CancelAction, RunLease } from '../core/runs/run.ts';
import { threadAfter } from '../core/threads/thread-end.ts';
import type { Database } from './database.ts';
import {
  type MessageDocument,
  newMessageDocument,
  type RunDocument,
  type ThreadDocument,
} from './documents.ts';
import { isDuplicateKey } from './foreign-errors.ts';
import { insertOne } from './insert-one.ts';
import { isOutdated } from './outdate-attempts.ts';
import { redactMessages } from './redaction.ts';
import { forgetApproval } from './approvals.ts';
import { heldBy } from './run-guard.ts';
import { endRuns, mergeMetadata } from './thread-updates.ts';
import { allTogether, MOST_TOGETHER, NotTogether } from './together.ts';
import { createUsageLedger, type UsageLedger } from './usage-ledger.ts';

type Settling = { lease: RunLease; outcome: RunOutcome };

const TRANSITION_TO: Record<RunOutcome['status'], RunTransition> = {
  succeeded: 'succeed',
  failed: 'fail',
  timed_out: 'time_out',
  cancelled: 'cancel',
};

/** Ends runs; those that end while others are being settled share one transaction. */
export function createSettlement(database: Database): (settling: Settling) => Promise<SettledRun> {
  const ledger = createUsageLedger(database.connection);
  return createBatcher<Settling, SettledRun>({
    maxItems: MOST_TOGETHER,
    async perform(settlings) {
      const settled = settlings.length > 1 ? await settleTogether(database, ledger, settlings) : null;
      const amid = settlings.length > 1;
      return settled ?? settlings.map((settling) => settleAlone(database, ledger, settling, amid));
    },
  });
}

/** The first run of a day whose usage is counted may meet another one; once the row is there nothing is in the way. */
async function settleAlone(
  database: Database,
  ledger: UsageLedger,
  settling: Settling,
  amid: boolean,
): Promise<SettledRun> {
  try {
    return await settleRun(database, ledger, settling, amid);
  } catch (thrown) {
    if (isDuplicateKey(thrown)) return settleRun(database, ledger, settling, amid);
    throw thrown;
  }
}

/** Ends a run and appends what it said, all or nothing. @throws StaleAttemptError when the attempt
 * was overtaken, ThreadrelayError `conflict` when an answer is to be kept of a run that is to be forgotten.
 */
async function settleRun(
  { models, connection }: Database,
  ledger: UsageLedger,
  { lease, outcome }: Settling,
  amid: boolean,
): Promise<SettledRun> {
  const { messages } = outcome;
  return connection.transaction(async (session) => {
    const run = await connection
      .collection<RunDocument>('runs')
      .findOneAndUpdate(heldBy(lease), endOf(outcome), { session, returnDocument: 'after' });
    if (run === null) throw new StaleAttemptError('run', lease.fence);
    const isUnwanted = run.cancel === 'rollback' || run.cancel === 'discard';
    if (isUnwanted && outcome.status === 'succeeded') {
      throw new ThreadrelayError('conflict', 'The run is to be forgotten, so its answer is not kept.');
    }

    const thread = await connection
      .collection<ThreadDocument>('threads')
      .findOneAndUpdate({ _id: lease.threadId }, advanceBy(lease.runId, outcome, run.cancel), {
        session,
        returnDocument: 'after',
      });
    // A deleted thread takes its runs with it, so this happens only if the deletion is under way: it wins.
    if (thread === null) throw new StaleAttemptError('thread', lease.fence);

    const lastSeqBefore = thread.lastSeq - messages.length;
    const documents = said(lease, outcome, lastSeqBefore);
    for (const document of isOutdated(run, lease.fence) ? documents.map(withoutCopies) : documents) {
      await insertOne(connection, 'messages', document, session);
    }
    if (run.status === 'cancelled' && isUnwanted) {
      if (outcome.asked === true) await forgetApproval(models, lease.threadId, [lease.runId], session);
      // What the attempt said is among it when the wish came after it had stopped for a milder one.
      const answers = messages.map(({ id }) => id);
      const forgotten = run.cancel === 'rollback' ? [...run.triggerMessageIds, ...answers] : answers;
      const erased = { at: outcome.endedAt, rolledBack: true };
      await redactMessages(models, lease.threadId, forgotten, erased, session);
    }
    await ledger([outcome], session, amid);
    return { lastSeqBefore };
  });
}

/** As `settleRun`, for runs that are held, not to be cancelled, and not outdated; null when one of them is not so. */
async function settleTogether(
  { connection }: Database,
  ledger: UsageLedger,
  settlings: readonly Settling[],
): Promise<SettledRun[] | null> {
  const threadIds = [...new Set(settlings.map(({ lease }) => lease.threadId))];
  if (threadIds.length < settlings.length) return null;
  return allTogether(connection, async (session) => {
    const ended = await connection.collection<RunDocument>('runs').bulkWrite(
      settlings.map(({ lease, outcome }) => ({
        updateOne: {
          filter: { ...heldBy(lease), cancel: null, outdatedFence: { $exists: false } },
          update: endOf(outcome),
        },
      })),
      { session },
    );
    if (ended.matchedCount < settlings.length) throw new NotTogether();

    const threads = connection.collection<ThreadDocument>('threads');
    const found = await threads
      .find({ _id: { $in: threadIds } }, { session, projection: { lastSeq: 1 } })
      .toArray();
    const lastSeqs = new Map(found.map(({ _id, lastSeq }) => [_id, lastSeq]));
    await threads.bulkWrite(
      settlings.map(({ lease, outcome }) => ({
        updateOne: { filter: { _id: lease.threadId }, update: advanceBy(lease.runId, outcome, null) },
      })),
      { session },
    );

    const settled = settlings.map(({ lease }) => {
      const lastSeqBefore = lastSeqs.get(lease.threadId);
      if (lastSeqBefore === undefined) throw new NotTogether();
      return { lastSeqBefore };
    });
    const messages = settlings.flatMap(({ lease, outcome }, index) =>
      said(lease, outcome, settled[index]?.lastSeqBefore ?? 0),
    );
    if (messages.length > 0) {
      await connection.collection<MessageDocument>('messages').insertMany(messages, { session });
    }
    await ledger(
      settlings.map(({ outcome }) => outcome),
      session,
      false,
    );
    return settled;
  });
}

function endOf({ status, error, usage, endedAt, messages, routing, asked }: RunOutcome) {
  const ended = nextRunStatus('running', TRANSITION_TO[status]);
  if (ended === null) throw new Error(`a running run does not become ${status}`);
  return {
    $set: {
      status: ended,
      error,
      usage,
      endedAt,
      messageIds: messages.map((message) => message.id),
      ...(routing === null
        ? {}
        : { route: routing.route, workflow: routing.workflow, assistantId: routing.assistantId }),
      ...(asked === true ? { 'approval.said': [] } : {}),
    },
  };
}

/** What a run's end changes in its thread, as a pipeline. */
function advanceBy(
  runId: string,
  { status, messages, routing, usage, endedAt }: RunOutcome,
  cancel: CancelAction | null,
) {
  const metadata = mergeMetadata(routing?.threadMetadata ?? {});
  return [
    {
      $set: {
        lastSeq: { $add: ['$lastSeq', messages.length] },
        ...endRuns({ runIds: [runId], leaves: threadAfter(status, cancel), at: endedAt }),
        ...usageOfThread(usage),
        ...metadata.set,
      },
    },
    ...(metadata.unset.length === 0 ? [] : [{ $unset: metadata.unset }]),
  ];
}

function usageOfThread(usage: RunOutcome['usage']): Record<string, unknown> {
  if (usage === null) return {};
  const { inputTokens, outputTokens, cachedTokens, costUsd } = usage;
  const known = Object.entries({ inputTokens, outputTokens, cachedTokens, costUsd }).filter(
    ([, amount]) => amount !== undefined,
  );
  return Object.fromEntries(
    known.map(([name, amount]) => [`usage.${name}`, { $add: [{ $ifNull: [`$usage.${name}`, 0] }, amount] }]),
  );
}

function said({ threadId, runId }: RunLease, { messages }: RunOutcome, lastSeqBefore: number) {
  return messages.map((message, index) =>
    newMessageDocument(message, { threadId, seq: lastSeqBefore + 1 + index, runId }),
  );
}

/** What a tool copied of the thread before some of it was erased. */
function withoutCopies(message: MessageDocument): MessageDocument {
  if (message.role !== 'tool' || !isCopy(message.text)) return message;
  return { ...message, text: '', redactedAt: message.createdAt };
}
