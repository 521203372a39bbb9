import type { CursorStore } from '../core/ports.ts';
import type { Database } from './database.ts';
import { mapped } from './foreign-errors.ts';

export function createCursorStore({ models }: Database): CursorStore {
  return {
    load: (keys) =>
      mapped(async () => {
        const documents = await models.cursors.find({ _id: { $in: keys } }).lean();
        return new Map(documents.map((document) => [document._id, document.position]));
      }),

    save: (positions) =>
      mapped(async () => {
        if (positions.size === 0) return;
        await models.cursors.bulkWrite(
          [...positions].map(([key, position]) => ({
            updateOne: { filter: { _id: key }, update: { $max: { position } }, upsert: true },
          })),
          { ordered: false },
        );
      }),
  };
}
