/** The day in UTC, as `2026-11-26`. Pure. */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** When the day in UTC ends. Pure. */
export function endOfDay(at: Date): Date {
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate() + 1));
}
