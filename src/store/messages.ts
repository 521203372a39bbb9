import type { MessageStore } from '../core/ports.ts';
import type { Database } from './database.ts';
import { toMessage } from './documents.ts';
import { mapped } from './foreign-errors.ts';
import { redactMessages } from './redaction.ts';

export function createMessageStore({ models }: Database): MessageStore {
  return {
    find: (threadId, messageId) =>
      mapped(async () => {
        const document = await models.messages.findOne({ threadId, _id: messageId }).lean();
        return document === null ? null : toMessage(document);
      }),

    findBySource: (threadId, sourceId) =>
      mapped(async () => {
        const document = await models.messages.findOne({ threadId, sourceId }).lean();
        return document === null ? null : toMessage(document);
      }),

    tail: (threadId, limit) =>
      mapped(async () => {
        const documents = await models.messages.find({ threadId }).sort({ seq: -1 }).limit(limit).lean();
        return documents.reverse().map(toMessage);
      }),

    revise: (threadId, messageId, text, at) =>
      mapped(async () => {
        // A pipeline, so that the revision holds the text which this very update replaces.
        const result = await models.messages.updateOne(
          { threadId, _id: messageId, redactedAt: null, text: { $ne: text } },
          [
            {
              $set: {
                revisions: {
                  $concatArrays: ['$revisions', [{ text: '$text', revisedAt: at }]],
                },
                text: { $literal: text },
              },
            },
          ],
          { updatePipeline: true },
        );
        return result.modifiedCount === 1;
      }),

    redact: (threadId, messageIds, at) => mapped(() => redactMessages(models, threadId, messageIds, at)),
  };
}
