import type { RetentionTarget } from '../core/ports.ts';
import type { Database } from './database.ts';
import { eraseMessages } from './erased-messages.ts';
import type { RemoveThread } from './remove-thread.ts';

/**
 * Ends messages that are too old: threads in which nothing has happened since go as a whole, with files and records; in those
 * that go on, old messages become tombstones. Counts both.
 */
export function createMessageRetention(
  { connection, models }: Database,
  remove: RemoveThread,
): RetentionTarget['eraseBefore'] {
  /** Not where a run waits, or goes on: its thread lives. */
  const idleSince = (before: Date) => ({ updatedAt: { $lt: before }, openRuns: { $in: [0, null] } });

  async function removeIdle(projectId: string, before: Date, limit: number): Promise<number> {
    const idle = await models.threads
      .find({ projectId, ...idleSince(before) }, { _id: 1 })
      .sort({ updatedAt: 1 })
      .limit(limit)
      .lean();
    // Only if it still is: a message may have come since.
    for (const { _id } of idle) await remove(_id, idleSince(before));
    return idle.length;
  }

  /** Takes the thread's messages in their order, up to the first that is young enough. */
  async function eraseIn(
    thread: { _id: string; kept?: { fromSeq: number }; updatedAt: Date },
    before: Date,
    limit: number,
    at: Date,
  ): Promise<number> {
    const threadId = thread._id;
    const next = await models.messages
      .find({ threadId, seq: { $gte: thread.kept?.fromSeq ?? 0 } }, { seq: 1, createdAt: 1 })
      .sort({ seq: 1 })
      .limit(limit + 1)
      .lean();
    const firstYoung = next.findIndex(({ createdAt }) => createdAt >= before);
    const old = next.slice(0, firstYoung === -1 ? limit : firstYoung);
    const kept = next[old.length];
    await connection.transaction(async (session) => {
      await eraseMessages(
        models,
        threadId,
        old.map(({ _id }) => _id),
        at,
        session,
      );
      const fromSeq = (old.at(-1)?.seq ?? (thread.kept?.fromSeq ?? 1) - 1) + 1;
      await models.threads.updateOne(
        { _id: threadId },
        {
          $set: {
            kept: { fromSeq, since: kept?.createdAt ?? thread.updatedAt },
            // A title is often the first message's beginning.
            ...(thread.kept === undefined && old.length > 0 ? { name: null } : {}),
          },
        },
        { session },
      );
    });
    // What programs asked for with a run, and what a rule said of a message, tells what was said.
    await models.runs.updateMany(
      { threadId, createdAt: { $lt: before }, endedAt: { $ne: null } },
      { $set: { metadata: {}, route: null }, $unset: { kwargs: '', approval: '' } },
    );
    return old.length;
  }

  return async (projectId, before, limit, at) => {
    let erased = await removeIdle(projectId, before, limit);
    while (erased < limit) {
      const thread = await models.threads
        .findOne(
          {
            projectId,
            $or: [{ kept: null, createdAt: { $lt: before } }, { 'kept.since': { $lt: before } }],
            updatedAt: { $gte: before },
          },
          { kept: 1, updatedAt: 1 },
        )
        .lean();
      if (thread === null) return erased;
      erased += await eraseIn(thread, before, limit - erased, at);
    }
    return erased;
  };
}
