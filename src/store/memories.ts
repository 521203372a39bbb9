import { ThreadrelayError } from '../core/errors.ts';
import { type Memory, MOST_MEMORIES } from '../core/memory/memory.ts';
import type { MemoryStore } from '../core/ports.ts';
import type { Database } from './database.ts';
import { isDuplicateKey, mapped } from './foreign-errors.ts';
import { type MemoryDocument, ownerOf, samenessOf } from './memory-documents.ts';

export function createMemoryStore({ models, connection }: Database): MemoryStore {
  const { memories } = models;
  return {
    remember: ({ id, ...memory }) =>
      mapped(async () => {
        const owner = ownerOf(memory.projectId, memory.subject);
        const same = samenessOf(memory.text);
        const known = await memories.findOne({ owner, same }).lean();
        if (known !== null) return { kind: 'known', memory: toMemory(known) };
        if ((await memories.countDocuments({ owner })) >= MOST_MEMORIES) return { kind: 'full' };
        try {
          await connection.collection<MemoryDocument>('memories').insertOne({
            _id: id,
            owner,
            same,
            ...memory,
            updatedAt: memory.createdAt,
          });
          return { kind: 'remembered', memory: { id, ...memory, updatedAt: memory.createdAt } };
        } catch (thrown) {
          const other = isDuplicateKey(thrown) ? await memories.findOne({ owner, same }).lean() : null;
          if (other === null) throw thrown;
          return { kind: 'known', memory: toMemory(other) };
        }
      }),

    list: (projectId, subject, limit) =>
      mapped(async () => {
        const documents = await memories
          .find({ owner: ownerOf(projectId, subject) })
          .sort({ createdAt: -1, _id: -1 })
          .limit(limit)
          .lean();
        return documents.map(toMemory);
      }),

    find: (projectId, id, subject) =>
      mapped(async () => {
        const document = await memories.findOne(named(projectId, id, subject)).lean();
        return document === null ? null : toMemory(document);
      }),

    correct: ({ projectId, id, subject, text, at }) =>
      mapped(async () => {
        try {
          const document = await memories
            .findOneAndUpdate(
              named(projectId, id, subject),
              { $set: { text, same: samenessOf(text), source: null, updatedAt: at } },
              { returnDocument: 'after' },
            )
            .lean();
          return document === null ? null : toMemory(document);
        } catch (thrown) {
          if (!isDuplicateKey(thrown)) throw thrown;
          throw new ThreadrelayError(
            'conflict',
            'This is remembered already. Erase one of the two instead.',
            {
              cause: thrown,
            },
          );
        }
      }),

    forget: (projectId, id, subject) =>
      mapped(async () => (await memories.deleteOne(named(projectId, id, subject))).deletedCount > 0),

    eraseSubject: (projectId, subject) =>
      mapped(async () => (await memories.deleteMany({ owner: ownerOf(projectId, subject) })).deletedCount),
  };
}

function named(projectId: string, id: string, subject: string | undefined) {
  return { _id: id, projectId, ...(subject === undefined ? {} : { owner: ownerOf(projectId, subject) }) };
}

function toMemory({ _id, owner: _owner, same: _same, ...memory }: MemoryDocument): Memory {
  return { id: _id, ...memory };
}
