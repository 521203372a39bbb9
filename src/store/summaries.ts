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

  async function make(threadId: string): Promise<ThreadSummary | null> {
    try {
      await connection
        .collection<SummaryDocument>('summaries')
        .insertOne({ _id: threadId, generation: 0, ...EMPTY_SUMMARY });
    } catch (thrown) {
      if (!isDuplicateKey(thrown)) throw thrown;
    }
    // A thread that is deleted takes its summary with it; one that was deleted before is not to get one.
    if ((await threads.exists({ _id: threadId })) !== null) return find(threadId);
    await summaries.deleteOne({ _id: threadId });
    return null;
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
