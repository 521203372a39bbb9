import type { Database } from '../../src/store/index.ts';

/** How long people waited for whole answers; deliveries that ended without one do not count. */
export async function answerTimes({
  models,
}: Database): Promise<{ runs: number; answerMsP50: number; answerMsWorst: number }> {
  const ended = await models.deliveries.find({ status: 'done', 'parts.0': { $exists: true } }).lean();
  const waits = ended
    .map(({ createdAt, finalAt }) => Number(finalAt) - Number(createdAt))
    .toSorted((one, other) => one - other);
  return {
    runs: await models.runs.countDocuments(),
    answerMsP50: waits[Math.floor(waits.length / 2)] ?? 0,
    answerMsWorst: waits.at(-1) ?? 0,
  };
}
