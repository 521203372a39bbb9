import type { WriteBudget, WriteKind } from '../ports.ts';

/**
 * A budget that also promises something: `finals.count` finals wanted at one moment are all granted within
 * `finals.withinMs`.
 *
 * How: a final that waits `withinMs` outlives all writes older than `windowMs - withinMs` (the horizon). So previews
 * may never fill more than `limit - count` of the horizon just past; the rest of the window is then free in time.
 * While a final waits the window is full, so previews, which need the reserve free, wait too.
 *
 * Slack's chat.update (50 a minute; 48 in 61 s against writes that arrive later than they were granted), 30 finals on
 * screen in 40 s: granted in 38, horizon 23 s, at most 18 writes in it when a preview goes out. 18 + the 29 other
 * finals = 47 < 48. A reserve of 8 then only serves to let single finals out at once, and leaves 40 previews a window:
 * one in 1.5 s.
 */
export type PacedBudget = WriteBudget & {
  readonly finals?: { readonly count: number; readonly withinMs: number };
};

/** The writes granted from one budget. The shared budgets in Redis must behave as this does. */
export type WriteWindow = {
  /** Times of the writes of the last window, ascending. */
  readonly writes: readonly number[];
  /** Nobody writes before: the platform said to wait. */
  readonly heldUntil: number;
};

export const EMPTY_WINDOW: WriteWindow = { writes: [], heldUntil: 0 };

/** Milliseconds until fewer than `most` writes are younger than `spanMs`; 0 if so now. */
function waitForRoom(writes: readonly number[], spanMs: number, most: number, now: number): number {
  const young = writes.filter((at) => at > now - spanMs);
  const leaving = young[young.length - most];
  return leaving === undefined ? 0 : leaving + spanMs - now;
}

/**
 * How long a write has to wait for its budget, in ms; 0: it may go out now, and must be recorded. Previews leave the
 * reserve and keep room for the finals promised; posts and finals may use all of the limit.
 */
export function waitForWrite(window: WriteWindow, budget: PacedBudget, kind: WriteKind, now: number): number {
  const { limit, windowMs, reserve, finals } = budget;
  const held = Math.max(0, window.heldUntil - now);
  if (kind !== 'preview') return Math.max(held, waitForRoom(window.writes, windowMs, limit, now));
  const room = waitForRoom(window.writes, windowMs, Math.max(1, limit - reserve), now);
  if (finals === undefined) return Math.max(held, room);
  const horizonMs = Math.max(0, windowMs - finals.withinMs);
  const calm = waitForRoom(window.writes, horizonMs, Math.max(1, limit - finals.count), now);
  return Math.max(held, room, calm);
}

/** The window after a write at `now`. Writes that have left the window are forgotten. */
export function recordWrite(window: WriteWindow, budget: PacedBudget, now: number): WriteWindow {
  return { ...window, writes: [...window.writes.filter((at) => at > now - budget.windowMs), now] };
}

/** The window after the platform asked to wait. A shorter wait never cuts a longer one. */
export function holdWrites(window: WriteWindow, waitMs: number, now: number): WriteWindow {
  return { ...window, heldUntil: Math.max(window.heldUntil, now + Math.ceil(waitMs)) };
}

export type Grant =
  | { readonly ok: true; readonly window: WriteWindow }
  | { readonly ok: false; readonly retryAfterMs: number };

/** Takes one write from the window, or says how long to wait. */
export function grantWrite(request: {
  readonly window: WriteWindow;
  readonly budget: PacedBudget;
  readonly kind: WriteKind;
  readonly now: number;
}): Grant {
  const { window, budget, kind, now } = request;
  const retryAfterMs = Math.ceil(waitForWrite(window, budget, kind, now));
  return retryAfterMs > 0
    ? { ok: false, retryAfterMs }
    : { ok: true, window: recordWrite(window, budget, now) };
}
