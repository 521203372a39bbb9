import { ThreadrelayError } from '../core/errors.ts';
import type { MemoryStore } from '../core/ports.ts';
import type { Database } from './database.ts';
import { isDuplicateKey, mapped } from './foreign-errors.ts';
import { ownerOf, samenessOf, toMemory } from './memory-documents.ts';
import { rememberFact } from './remember-fact.ts';

export function createMemoryStore(database: Database): MemoryStore {
  const { memories } = database.models;
  return {
    remember: (memory) => mapped(() => rememberFact(database, memory)),

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
