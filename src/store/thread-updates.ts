import type { Metadata, Thread } from '../core/threads/thread.ts';
import { LIMITS } from '../core/limits.ts';
import { metadataUpdate } from './threads.ts';

/** What the end of runs changes in their thread. */
type Ends = { runIds: readonly string[]; leaves: Thread['lastEnd'] | null; at: Date };

/**
 * Fields of a `$set` stage for when runs have ended. Runs that were admitted before open runs were counted end too, so
 * the count stops at none.
 */
export function endRuns({ runIds, leaves, at }: Ends): Record<string, unknown> {
  const deleteAt = new Date(at.getTime() + LIMITS.afterlifeMs);
  return {
    openRuns: { $max: [0, { $subtract: [{ $ifNull: ['$openRuns', 0] }, runIds.length] }] },
    asks: { $cond: [{ $in: ['$asks.runId', runIds] }, '$$REMOVE', '$asks'] },
    ...(leaves === null ? {} : { lastEnd: leaves }),
    deleteAt: { $cond: [{ $eq: ['$goesWithRun', true] }, deleteAt, { $ifNull: ['$deleteAt', null] }] },
    updatedAt: { $max: ['$updatedAt', at] },
  };
}

/** A shallow merge of metadata, null removing a key, as stages of a pipeline. @throws ThreadrelayError `invalid_input` */
export function mergeMetadata(changes: Metadata): { set: Record<string, unknown>; unset: string[] } {
  const { $set, $unset } = metadataUpdate(changes);
  return {
    set: Object.fromEntries(Object.entries($set).map(([path, value]) => [path, { $literal: value }])),
    unset: Object.keys($unset),
  };
}
