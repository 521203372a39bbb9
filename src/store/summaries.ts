import { CLIENT_ID } from '../core/messages/client-id.ts';
import type { LongThreadStore, ThreadSummary } from '../core/ports.ts';
import type { Database } from './database.ts';
import { toMessage } from './documents.ts';
import { isDuplicateKey, mapped } from './foreign-errors.ts';
import { EMPTY_SUMMARY, type SummaryDocument } from './summary-documents.ts';

export function createLongThreadStore({ models, connection }: Database): LongThreadStore {
  const { summaries, messages, threads } = models;

  async function find(threadId: string): Promise<ThreadSummary | null> {
    const document = await summaries.findById(threadId).lean();
    return document === null ? null : toSummary(document);
  }

  /** Null where the thread is gone: a deletion at the same time conflicts with its turn, and one of both comes second. */
  async function make(threadId: string): Promise<ThreadSummary | null> {
    try {
      await connection.transaction(async (session) => {
        const turn = await threads.updateOne({ _id: threadId }, { $inc: { turns: 1 } }, { session });
        if (turn.matchedCount === 0) return;
        await connection
          .collection<SummaryDocument>('summaries')
          .insertOne({ _id: threadId, generation: 0, ...EMPTY_SUMMARY }, { session });
      });
    } catch (thrown) {
      if (!isDuplicateKey(thrown)) throw thrown;
    }
    return find(threadId);
  }

  return {
    summary: (threadId) => mapped(() => find(threadId)),

    beginSummary: (threadId) => mapped(async () => (await find(threadId)) ?? make(threadId)),

    saveSummary: ({ threadId, ...summary }) =>
      mapped(async () => {
        const { generation } = summary;
        const { matchedCount } = await summaries.updateOne({ _id: threadId, generation }, { $set: summary });
        return matchedCount > 0;
      }),

    pinned: (threadId, references) =>
      mapped(async () => {
        const named = [...references];
        const sources = [...named, ...named.map((each) => `${CLIENT_ID}${each}`)];
        const [first, others] = await Promise.all([
          messages.find({ threadId }).sort({ seq: 1 }).limit(1).lean(),
          named.length === 0
            ? []
            : messages
                .find({ threadId, $or: [{ _id: { $in: named } }, { sourceId: { $in: sources } }] })
                .sort({ seq: 1 })
                .lean(),
        ]);
        const rest = others.filter(({ _id }) => _id !== first[0]?._id);
        return [...first, ...rest].filter(({ redactedAt }) => redactedAt === null).map(toMessage);
      }),
  };
}

function toSummary({ _id, ...summary }: SummaryDocument): ThreadSummary {
  return { threadId: _id, ...summary };
}
