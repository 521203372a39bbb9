import type { ErasureSubject } from '../core/ports.ts';
import type { Database } from './database.ts';
import type { UsageDocument } from './usage-documents.ts';

/**
 * Takes a person from what was used: their rows become nobody's, so that the project's sums stay what they were; their own
 * budgets, and how often they asked lately, are deleted. Answers how many rows there were.
 */
export async function eraseUsage(
  { connection, models }: Database,
  { projectId, keys }: ErasureSubject,
  dryRun: boolean,
): Promise<number> {
  const usage = connection.collection<UsageDocument>('usage');
  const theirs = { projectId, personId: { $in: [...keys] } };
  const rows = await usage.find(theirs).toArray();
  if (dryRun) return rows.length;
  for (const { _id, day, model, slot, personId: _person, projectId: _project, ...counted } of rows) {
    await connection.transaction(async (session) => {
      const { deletedCount } = await usage.deleteOne({ _id, ...counted }, { session });
      if (deletedCount === 0) return;
      const nobody = { projectId, day, personId: null, model, slot };
      await usage.updateOne(
        { _id: JSON.stringify([projectId, day, null, model, slot]) },
        { $inc: counted, $setOnInsert: nobody },
        { upsert: true, session },
      );
    });
  }
  await models.budgets.deleteMany(theirs);
  await models.paces.deleteMany(theirs);
  return rows.length;
}
