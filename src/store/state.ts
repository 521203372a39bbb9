import type { ClientSession } from 'mongoose';
import { ThreadrelayError } from '../core/errors.ts';
import type { NewMessage } from '../core/messages/message.ts';
import type { StateStore, StateUpdate } from '../core/ports.ts';
import { changesOf, referencesOf } from '../core/threads/state-changes.ts';
import { requireKeyed, requireShort, requireStorableMessages } from './data-faults.ts';
import type { Database } from './database.ts';
import {
  type MessageDocument,
  newCheckpointDocument,
  newMessageDocument,
  type ThreadDocument,
  toCheckpoint,
} from './documents.ts';
import { isDuplicateKey, mapped } from './foreign-errors.ts';
import { insertOne } from './insert-one.ts';
import { redactMessages } from './redaction.ts';
import { reviseMessage } from './steps.ts';

export function createStateStore({ models, connection }: Database): StateStore {
  return {
    update: (threadId, update, at) =>
      mapped(async () => {
        requireKeyed(update.values, 'values');
        requireStorableMessages(update.messages);
        return connection.transaction((session) => carryOut(threadId, update, at, session));
      }),

    checkpoints: (threadId, before, limit) =>
      mapped(async () => {
        const documents = await models.checkpoints
          .find({ threadId, seq: { $lt: before } })
          .sort({ seq: -1 })
          .limit(limit)
          .lean();
        return documents.map(toCheckpoint);
      }),

    valuesAt: (threadId, seq) =>
      mapped(async () => {
        const document = await models.checkpoints
          .findOne({ threadId, seq: { $lte: seq }, values: { $ne: null } }, { values: 1 })
          .sort({ seq: -1 })
          .lean();
        return document?.values ?? {};
      }),
  };

  async function carryOut(
    threadId: string,
    update: StateUpdate,
    at: Date,
    session: ClientSession,
  ): Promise<{ seq: number } | null> {
    const references = referencesOf(update);
    const known = await models.messages
      .find(
        { threadId, $or: [{ sourceId: { $in: references } }, { _id: { $in: references } }] },
        { sourceId: 1, text: 1, redactedAt: 1 },
        { session },
      )
      .lean();
    const changes = changesOf(
      update,
      known.map(({ _id: id, ...rest }) => ({ id, ...rest })),
    );
    const { appended, revised, removed, leavesMark } = changes;
    const thread = await advance(threadId, appended.length + (leavesMark ? 1 : 0), update, at, session);
    if (thread === null) return null;

    const seq = thread.lastSeq;
    await append(threadId, appended, leavesMark ? seq - 1 : seq, session);
    for (const { messageId, text } of revised) {
      await reviseMessage(models, { threadId, messageId, text, at, untilSeq: seq }, session);
    }
    await redactMessages(models, threadId, removed, { at }, session);
    if (leavesMark) {
      const values = Object.keys(update.values).length === 0 ? null : (thread.values ?? {});
      const mark = { threadId, seq, source: 'update' as const, values, asNode: update.asNode, createdAt: at };
      await insertOne(connection, 'checkpoints', newCheckpointDocument(mark), session);
    }
    return { seq };
  }

  async function advance(
    threadId: string,
    steps: number,
    { values }: StateUpdate,
    at: Date,
    session: ClientSession,
  ): Promise<ThreadDocument | null> {
    const thread = await connection.collection<ThreadDocument>('threads').findOneAndUpdate(
      { _id: threadId },
      [
        {
          $set: {
            lastSeq: { $add: ['$lastSeq', steps] },
            updatedAt: { $max: ['$updatedAt', at] },
            values: { $mergeObjects: ['$values', { $literal: values }] },
          },
        },
      ],
      { session, returnDocument: 'after' },
    );
    requireShort(thread?.values ?? {}, 'values');
    return thread;
  }

  async function append(
    threadId: string,
    messages: readonly NewMessage[],
    lastSeq: number,
    session: ClientSession,
  ): Promise<void> {
    if (messages.length === 0) return;
    const before = lastSeq - messages.length;
    const documents = messages.map((message, index) =>
      newMessageDocument(message, { threadId, seq: before + 1 + index, runId: null }),
    );
    try {
      await connection.collection<MessageDocument>('messages').insertMany(documents, { session });
    } catch (thrown) {
      if (!isDuplicateKey(thrown)) throw thrown;
      throw new ThreadrelayError('conflict', 'The id of a message is taken in another thread.', {
        cause: thrown,
      });
    }
  }
}
