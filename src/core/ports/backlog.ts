/** What waits, over all processes; for operators. */
export interface BacklogStore {
  /**
   * Since when the longest waiting queued run may be begun, and since when the oldest open delivery is there; null where
   * there is none. Two look-ups by an index, whatever the database holds.
   */
  oldest(now: Date): Promise<{ runSince: Date | null; deliverySince: Date | null }>;
}
