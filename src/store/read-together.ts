import { createBatcher } from '../core/batching.ts';
import { MOST_READ_TOGETHER } from './together.ts';

/** Reads documents by their ids; those that are asked for while others are being read share one query. */
export function createReader<R, D extends { _id: string }>(
  idOf: (reference: R) => string,
  findAll: (references: readonly R[]) => Promise<D[]>,
): (reference: R) => Promise<D | null> {
  return createBatcher<R, D | null>({
    maxItems: MOST_READ_TOGETHER,
    async perform(references) {
      const documents = new Map((await findAll(references)).map((document) => [document._id, document]));
      return references.map((reference) => documents.get(idOf(reference)) ?? null);
    },
  });
}

type Reference = { threadId: string; id: string };
type OfThreads = { threadId: { $in: string[] }; _id: { $in: string[] } };

/** As `createReader`, of what belongs to threads: what is another thread's is not found. */
export function createThreadPartReader<D extends { _id: string; threadId: string }>(
  findAll: (filter: OfThreads) => Promise<D[]>,
): (reference: Reference) => Promise<D | null> {
  const read = createReader<Reference, D>(
    ({ id }) => id,
    (references) =>
      findAll({
        threadId: { $in: references.map(({ threadId }) => threadId) },
        _id: { $in: references.map(({ id }) => id) },
      }),
  );
  return async (reference) => {
    const document = await read(reference);
    return document?.threadId === reference.threadId ? document : null;
  };
}
