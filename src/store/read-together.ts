import { createBatcher } from '../core/batching.ts';
import { MOST_READ_TOGETHER } from './together.ts';

type Reference = { threadId: string; id: string };
type Filter = { threadId: { $in: string[] }; _id: { $in: string[] } };

/** Reads what belongs to threads by its id; what is asked for while others are being read shares one query. */
export function createReader<D extends { _id: string; threadId: string }>(
  findAll: (filter: Filter) => Promise<D[]>,
): (reference: Reference) => Promise<D | null> {
  return createBatcher<Reference, D | null>({
    maxItems: MOST_READ_TOGETHER,
    async perform(references) {
      const found = await findAll({
        threadId: { $in: references.map(({ threadId }) => threadId) },
        _id: { $in: references.map(({ id }) => id) },
      });
      const documents = new Map(found.map((document) => [document._id, document]));
      return references.map(({ threadId, id }) => {
        const document = documents.get(id);
        return document?.threadId === threadId ? document : null;
      });
    },
  });
}
