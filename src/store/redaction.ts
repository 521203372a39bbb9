import type { ClientSession } from 'mongoose';
import { CLIENT_ID } from '../core/messages/client-id.ts';
import { COPIES_OF_FILES, copiesOfMessages } from '../core/messages/copied-results.ts';
import { titleOf } from '../core/threads/title.ts';
import { blankRecords } from './blank-records.ts';
import type { MessageDocument } from './documents.ts';
import { removeMessageFiles } from './file-removal.ts';
import type { Models } from './models.ts';
import { outdateAttempts } from './outdate-attempts.ts';
import { outdateSummary } from './outdate-summary.ts';

/**
 * A platform's message stays known, so that an event that comes again is nothing new. A program may send what it took
 * back once more, under the same id.
 */
const FREED_SOURCE = {
  $cond: [{ $eq: [{ $indexOfBytes: ['$sourceId', CLIENT_ID] }, 0] }, null, '$sourceId'],
};

type Erased = Pick<MessageDocument, 'seq' | 'text' | 'revisions' | 'redactedAt'>;

/**
 * Erases what messages say, in every revision, with files that no other message shows and all copies of it that the thread
 * holds: its title, results of tools that found it, the summary, texts in records of runs. What attempts that read it before
 * write later keeps no copy either. Their entries stay as tombstones; those that go with their run are marked to be left out
 * of every state.
 */
export async function redactMessages(
  models: Models,
  threadId: string,
  messageIds: string[],
  { at, rolledBack = false }: { at: Date; rolledBack?: boolean },
  session: ClientSession,
): Promise<void> {
  if (messageIds.length === 0) return;
  const ofThese = { threadId, _id: { $in: messageIds } };
  const before: Erased[] = await models.messages
    .find(ofThese, { seq: 1, text: 1, revisions: 1, redactedAt: 1 }, { session })
    .lean();
  await models.messages.updateMany(
    { ...ofThese, redactedAt: null },
    [
      {
        $set: {
          ...NOTHING_SAID,
          redactedAt: at,
          ...(rolledBack ? { rolledBack, sourceId: FREED_SOURCE } : {}),
        },
      },
    ],
    { updatePipeline: true, session },
  );
  const files = await removeMessageFiles(models.messages.db, threadId, messageIds, session);
  await blankRecords(models, { threadId }, session);
  const erased = before.filter(({ redactedAt }) => redactedAt === null);
  if (erased.length === 0) return;
  const seqs = erased.map(({ seq }) => seq);
  await redactCopies(models, threadId, [copiesOfMessages(seqs), ...(files > 0 ? [COPIES_OF_FILES] : [])], {
    at,
    session,
  });
  await outdateSummary(models, threadId, Math.min(...seqs), session);
  await outdateAttempts(models, threadId, session);
  await models.threads.updateOne({ _id: threadId }, [{ $set: turnOf(erased) }], {
    updatePipeline: true,
    session,
  });
}

const NOTHING_SAID = { text: '', revisions: [], attachments: [], toolCalls: [] };

/** Results of tools that show what is erased are erased with it. */
async function redactCopies(
  models: Models,
  threadId: string,
  copies: readonly RegExp[],
  { at, session }: { at: Date; session: ClientSession },
): Promise<void> {
  await models.messages.updateMany(
    { threadId, role: 'tool', redactedAt: null, $or: copies.map((text) => ({ text })) },
    { $set: { ...NOTHING_SAID, redactedAt: at } },
    { session },
  );
}

/** What changes in the thread: it takes a turn, and loses a title that was made of what is erased. */
function turnOf(erased: readonly Erased[]) {
  const said = erased.flatMap(({ text, revisions }) => [text, ...revisions.map((revision) => revision.text)]);
  const titles = [...new Set(said.map(titleOf))].filter((title) => title !== '');
  return {
    turns: { $add: [{ $ifNull: ['$turns', 0] }, 1] },
    name: { $cond: [{ $in: ['$name', { $literal: titles }] }, null, '$name'] },
  };
}
