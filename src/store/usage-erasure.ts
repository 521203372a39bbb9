import type { Database } from './database.ts';
import type { UsageDocument } from './usage-documents.ts';

/**
 * Takes a person from what was used: their rows become nobody's, so that the project's sums stay what they were; their own
 * budgets, and how often they asked lately, are deleted. Answers how many rows there were.
 */
export async function eraseUsage(
  { connection, models }: Database,
  theirs: { projectId: string; personId: string | RegExp },
  dryRun: boolean,
): Promise<number> {
  const usage = connection.collection<UsageDocument>('usage');
  const rows = await usage.find(theirs, { projection: { _id: 1 } }).toArray();
  if (dryRun) return rows.length;
  for (const { _id } of rows) {
    await connection.transaction(async (session) => {
      // As it is now: a run may have ended since.
      const row = await usage.findOneAndDelete({ _id }, { session });
      if (row === null) return;
      const { _id: _was, day, model, slot, personId: _person, projectId, ...counted } = row;
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
