import { createBatcher } from '../core/batching.ts';
import { readingsOf } from '../core/messages/client-id.ts';
import type { Message } from '../core/messages/message.ts';
import type { MessageStore } from '../core/ports.ts';
import type { Database } from './database.ts';
import { type MessageDocument, newCheckpointDocument, toMessage } from './documents.ts';
import { mapped } from './foreign-errors.ts';
import { insertOne } from './insert-one.ts';
import { createThreadPartReader } from './read-together.ts';
import { redactMessages } from './redaction.ts';
import { reviseMessage, takeStep } from './steps.ts';
import { MOST_READ_TOGETHER } from './together.ts';

type Range = { threadId: string; after: number; upTo: number };

/** Reads ranges of messages; those that are asked for while others are being read share one query. */
function createRangeReader({ connection }: Database): (range: Range) => Promise<Message[]> {
  const messages = connection.collection<MessageDocument>('messages');
  return createBatcher({
    maxItems: MOST_READ_TOGETHER,
    async perform(ranges) {
      const documents = await messages
        .find({
          $or: ranges.map(({ threadId, after, upTo }) => ({ threadId, seq: { $gt: after, $lte: upTo } })),
        })
        .toArray();
      const byThread = Map.groupBy(documents, ({ threadId }) => threadId);
      return ranges.map(({ threadId, after, upTo }) =>
        (byThread.get(threadId) ?? [])
          .filter(({ seq }) => seq > after && seq <= upTo)
          .sort((left, right) => left.seq - right.seq)
          .map(toMessage),
      );
    },
  });
}

export function createMessageStore(database: Database): MessageStore {
  const { models, connection } = database;
  const readRange = createRangeReader(database);
  const readMessage = createThreadPartReader((filter) =>
    connection.collection<MessageDocument>('messages').find(filter).toArray(),
  );
  return {
    find: (threadId, messageId) =>
      mapped(async () => {
        const document = await readMessage({ threadId, id: messageId });
        return document === null ? null : toMessage(document);
      }),

    findBySource: (threadId, sourceId) =>
      mapped(async () => {
        const [, ours] = readingsOf(sourceId);
        const named = ours === undefined ? { sourceId } : { $or: [{ sourceId }, { _id: ours }] };
        const document = await models.messages.findOne({ threadId, ...named }).lean();
        return document === null ? null : toMessage(document);
      }),

    tail: (threadId, limit) =>
      mapped(async () => {
        const documents = await models.messages.find({ threadId }).sort({ seq: -1 }).limit(limit).lean();
        return documents.reverse().map(toMessage);
      }),

    between: (threadId, after, upTo) => mapped(() => readRange({ threadId, after, upTo })),

    revise: (threadId, messageId, text, at) =>
      mapped(() =>
        connection.transaction(async (session) => {
          const says = { threadId, _id: messageId, redactedAt: null, text: { $ne: text } };
          if ((await models.messages.exists(says).session(session)) === null) return false;
          const thread = await takeStep(models, threadId, at, session);
          if (thread === null) return false;
          const seq = thread.lastSeq;
          await reviseMessage(models, { threadId, messageId, text, at, untilSeq: seq }, session);
          const step = { threadId, seq, source: 'edit' as const, values: null, asNode: null, createdAt: at };
          await insertOne(connection, 'checkpoints', newCheckpointDocument(step), session);
          return true;
        }),
      ),

    redact: (threadId, messageIds, at) =>
      mapped(() =>
        connection.transaction((session) => redactMessages(models, threadId, messageIds, { at }, session)),
      ),
  };
}
