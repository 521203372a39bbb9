import type { Run } from './run.ts';

/** Processes die for reasons of their own, too: a run that was there once is not yet suspected. */
const SUSPICIOUS_LOSSES = 2;

/** How many lost attempts put a run on its last chance. */
export function lossesBeforeLastChance(maxAttempts: number): number {
  return Math.max(1, Math.min(SUSPICIOUS_LOSSES, maxAttempts - 1));
}

/**
 * Whether a claimed run may be the one that killed the processes of its earlier attempts, and has no attempt to spare.
 * Nobody can tell it from those that merely were in the same process, so such runs are executed apart from each other:
 * else one that kills its process would use up the attempts of all the others. Pure.
 */
export function isOnLastChance(run: Pick<Run, 'attempt' | 'lostAttempts'>, maxAttempts: number): boolean {
  return run.attempt <= maxAttempts && (run.lostAttempts ?? 0) >= lossesBeforeLastChance(maxAttempts);
}
