import type { PersonThread } from '../core/ports.ts';
import type { Person } from '../core/privacy/person.ts';
import { blankRecords } from './blank-records.ts';
import type { Database } from './database.ts';
import { outdateAttempts } from './outdate-attempts.ts';
import { outdateSummary } from './outdate-summary.ts';
import { tracesIn } from './person-traces.ts';
import { redactMessages } from './redaction.ts';
import { scrubThread } from './scrub-thread.ts';

/** Answers that one transaction erases. */
const ANSWERS_AT_ONCE = 200;

/** As `PersonThreadStore.eraseFrom`. */
export async function eraseFromThread(
  database: Database,
  { threadId, names }: PersonThread,
  person: Person,
  at: Date,
  isAgain: boolean,
): Promise<boolean> {
  const { connection, models } = database;
  const { threads, messages, runs } = models;
  let changed = 0;

  async function redact(messageIds: string[]): Promise<void> {
    const left = await messages
      .find({ threadId, _id: { $in: messageIds }, redactedAt: null }, { _id: 1 })
      .lean();
    if (left.length === 0) return;
    changed += left.length;
    const ids = left.map(({ _id }) => _id);
    await connection.transaction((session) => redactMessages(models, threadId, ids, { at }, session));
  }

  for await (const { messageIds, runs: answering } of tracesIn(models, threadId, person)) {
    await redact(messageIds);
    const answers = answering.flatMap((run) => run.messageIds);
    for (let from = 0; from < answers.length; from += ANSWERS_AT_ONCE) {
      await redact(answers.slice(from, from + ANSWERS_AT_ONCE));
    }
    await runs.updateMany(
      { threadId, _id: { $in: answering.map(({ _id }) => _id) } },
      { $set: { metadata: {}, route: null, error: null }, $unset: { kwargs: '', approval: '' } },
    );
  }
  // A title is often the first message's beginning.
  const first = await messages.findOne({ threadId }, { author: 1 }).sort({ seq: 1 }).lean();
  if (first?.author?.id === person.id) await threads.updateOne({ _id: threadId }, { $set: { name: null } });
  changed += await scrubThread(connection, threadId, { id: person.id, names });
  if (isAgain && changed === 0) return true;
  // Also when nothing was changed: an erasure that was broken off may have come so far.
  await forgetWhatWasMade(database, threadId);
  return false;
}

/** What was made of messages of others, and what attempts are making of them now, may name the person as well. */
async function forgetWhatWasMade({ connection, models }: Database, threadId: string): Promise<void> {
  await connection.transaction(async (session) => {
    const turn = await models.threads.updateOne({ _id: threadId }, { $inc: { turns: 1 } }, { session });
    // Deleted meanwhile, with all that was made of it.
    if (turn.matchedCount === 0) return;
    await blankRecords(models, { threadId }, session);
    await outdateSummary(models, threadId, 0, session);
    await outdateAttempts(models, threadId, session);
  });
}
