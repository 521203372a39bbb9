import type { ClientSession } from 'mongoose';
import { MOST_MEMORIES } from '../core/memory/memory.ts';
import type { NewMemory, Remembered } from '../core/ports.ts';
import type { Database } from './database.ts';
import type { MessageDocument } from './documents.ts';
import { isDuplicateKey } from './foreign-errors.ts';
import { type MemoryDocument, ownerOf, samenessOf, toMemory } from './memory-documents.ts';

/** Keeps a fact in a slot that is free; the unique index on slots holds the bound, whoever else remembers at the moment. */
export async function rememberFact(database: Database, memory: NewMemory): Promise<Remembered> {
  const { connection } = database;
  for (let round = 1; ; round += 1) {
    try {
      return await connection.transaction((session) => keep(database, memory, session));
    } catch (thrown) {
      // Another one took the slot, or said the same: each time there is one fact more, until there is no room.
      if (!isDuplicateKey(thrown) || round > MOST_MEMORIES) throw thrown;
    }
  }
}

async function keep(
  { connection, models }: Database,
  { id, ...memory }: NewMemory,
  session: ClientSession,
): Promise<Remembered> {
  const { projectId, subject, text, source, createdAt } = memory;
  if (source !== null) {
    // A write, not a read: an erasure at the same time conflicts with it, and one of both comes second.
    const { matchedCount } = await connection
      .collection<MessageDocument>('messages')
      .updateOne(
        { threadId: source.threadId, _id: source.messageId, redactedAt: null },
        { $inc: { factsKept: 1 } },
        { session },
      );
    if (matchedCount === 0) return { kind: 'gone' };
  }
  const owner = ownerOf(projectId, subject);
  const kept = await models.memories.find({ owner }, null, { session }).lean();
  const same = samenessOf(text);
  const known = kept.find((each) => each.same === same);
  if (known !== undefined) return { kind: 'known', memory: toMemory(known) };
  const slot = freeSlot(kept, same);
  if (slot === null) return { kind: 'full' };
  const document: MemoryDocument = { _id: id, owner, same, slot, ...memory, updatedAt: createdAt };
  await connection.collection<MemoryDocument>('memories').insertOne(document, { session });
  return { kind: 'remembered', memory: toMemory(document) };
}

/** Facts that are kept at the same moment seldom take the same one: where it is looked for follows from what they say. */
function freeSlot(kept: readonly Pick<MemoryDocument, 'slot'>[], same: string): number | null {
  const taken = new Set(kept.flatMap(({ slot }) => (slot === undefined ? [] : [slot])));
  // Those of older versions take up room as well.
  const most = MOST_MEMORIES - (kept.length - taken.size);
  const free = Array.from({ length: Math.max(0, most) }, (_, slot) => slot).filter(
    (slot) => !taken.has(slot),
  );
  const place = Buffer.from(same, 'base64url').readUInt32BE();
  return free[place % free.length] ?? null;
}
