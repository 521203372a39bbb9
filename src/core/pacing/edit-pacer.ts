/**
 * When a delivery writes: a state machine without time or platform of its own. The delivery feeds it what happened and
 * does what `decide` says.
 *
 *   ready ──started──▶ writing ──done──▶ ready … finished (what is shown is the final text)
 *                      writing ──ambiguous──▶ doubtful ──read-started──▶ reading ──read──▶ ready
 *                      writing ──rejected──▶ ready (a preview that is refused is skipped) or failed
 *
 * A text stands for all parts of an answer at one moment, as rendered; whoever writes it may need several calls.
 */
export type PacerPhase = 'ready' | 'writing' | 'doubtful' | 'reading' | 'finished' | 'failed';

export type PacerState = {
  readonly phase: PacerPhase;
  /** The latest text; final once `ended`. */
  readonly wanted: string | null;
  readonly ended: boolean;
  /**
   * What the platform surely shows. Null: nothing, or not known. A preview of the whole text is not its final: it is
   * rendered otherwise (unfinished Markdown closed, surplus parts left), so it counts for nothing once `ended`.
   */
  readonly shown: string | null;
  readonly inFlight: { readonly text: string; readonly final: boolean } | null;
  /** A preview that the platform refused: not sent again. */
  readonly refused: string | null;
  /** When the last write went out. */
  readonly lastWriteAt: number | null;
  /** No call at all before: the platform said so. */
  readonly heldUntil: number;
  /** No preview before: its budget said so. */
  readonly previewsHeldUntil: number;
};

export type PacerInput =
  | { readonly type: 'text'; readonly text: string }
  /** The stream has ended with this text. May come again with another (an error in place of the answer). */
  | { readonly type: 'ended'; readonly text: string }
  /** The budget has no room for a preview, or for a final. */
  | { readonly type: 'postponed'; readonly write: 'preview' | 'final'; readonly waitMs: number }
  | { readonly type: 'started'; readonly text: string }
  | { readonly type: 'done' }
  | { readonly type: 'retryable'; readonly waitMs: number }
  | { readonly type: 'rejected'; readonly fatal: boolean }
  | { readonly type: 'ambiguous' }
  | { readonly type: 'read-started' }
  /** What the platform shows. Null: the write is not there, or cannot be read; the latest text is then written again. */
  | { readonly type: 'read'; readonly text: string | null }
  | { readonly type: 'read-failed'; readonly waitMs: number };

export type PacerAction =
  | { readonly do: 'nothing' }
  | { readonly do: 'wait'; readonly until: number }
  | { readonly do: 'write'; readonly text: string; readonly final: boolean }
  | { readonly do: 'read-back' };

export const NEW_PACER: PacerState = {
  phase: 'ready',
  wanted: null,
  ended: false,
  shown: null,
  inFlight: null,
  refused: null,
  lastWriteAt: null,
  heldUntil: 0,
  previewsHeldUntil: 0,
};

/** The phase that follows. What is not here cannot happen; `text`, `ended` and `postponed` change no phase. */
export const PACER_TRANSITIONS: Record<PacerPhase, Partial<Record<PacerInput['type'], PacerPhase>>> = {
  ready: { text: 'ready', ended: 'ready', postponed: 'ready', started: 'writing' },
  writing: {
    text: 'writing',
    ended: 'writing',
    done: 'ready',
    retryable: 'ready',
    rejected: 'ready',
    ambiguous: 'doubtful',
  },
  doubtful: { text: 'doubtful', ended: 'doubtful', 'read-started': 'reading' },
  reading: { text: 'reading', ended: 'reading', read: 'ready', 'read-failed': 'doubtful' },
  finished: { text: 'finished', ended: 'finished' },
  failed: { text: 'failed', ended: 'failed' },
};

function later(now: number, waitMs: number, known: number): number {
  return Math.max(known, now + Math.ceil(waitMs));
}

/** Whether the write in flight shows a text as it is wanted now: any text while it grows, then only the final one. */
function showsWanted({ ended, inFlight }: PacerState): boolean {
  return !ended || inFlight?.final === true;
}

function changes(state: PacerState, input: PacerInput, now: number): Partial<PacerState> {
  switch (input.type) {
    case 'text':
      return state.ended ? {} : { wanted: input.text };
    case 'ended':
      return { wanted: input.text, ended: true, shown: null };
    case 'postponed':
      return input.write === 'preview'
        ? { previewsHeldUntil: later(now, input.waitMs, state.previewsHeldUntil) }
        : { heldUntil: later(now, input.waitMs, state.heldUntil) };
    case 'started':
      return {
        // A text is final only if the stream has ended and it has not been replaced meanwhile.
        inFlight: { text: input.text, final: state.ended && input.text === state.wanted },
        lastWriteAt: now,
      };
    case 'done':
      return { inFlight: null, shown: showsWanted(state) ? (state.inFlight?.text ?? null) : null };
    case 'retryable':
      return { inFlight: null, heldUntil: later(now, input.waitMs, state.heldUntil) };
    case 'rejected': {
      const refused = state.inFlight?.text ?? null;
      const replaced = !state.inFlight?.final || refused !== state.wanted;
      return { inFlight: null, refused, ...(input.fatal || !replaced ? { phase: 'failed' } : {}) };
    }
    case 'read':
      return { inFlight: null, shown: input.text };
    case 'read-failed':
      return { heldUntil: later(now, input.waitMs, state.heldUntil) };
    case 'ambiguous':
      return { shown: null };
    case 'read-started':
      return {};
  }
}

/** The state after an input at `now` (ms). Throws for an input that the phase does not allow: the caller is wrong. */
export function advancePacer(state: PacerState, input: PacerInput, now: number): PacerState {
  const phase = PACER_TRANSITIONS[state.phase][input.type];
  if (phase === undefined) throw new Error(`a pacer that is ${state.phase} cannot take "${input.type}"`);
  if (phase === 'finished' || phase === 'failed') return state;
  const next = { ...state, phase, ...changes(state, input, now) };
  const complete = next.phase === 'ready' && next.ended && next.shown === next.wanted;
  return complete ? { ...next, phase: 'finished' } : next;
}

/**
 * What to do at `now`, given the time between previews (see `editInterval`). After `wait`, ask again at that time or at
 * the next input, whichever is first. A final waits for no interval, only for what the platform or its budget said.
 */
export function decide(state: PacerState, now: number, intervalMs: number): PacerAction {
  if (state.phase === 'doubtful') {
    return now < state.heldUntil ? { do: 'wait', until: state.heldUntil } : { do: 'read-back' };
  }
  if (state.phase !== 'ready' || state.wanted === null || state.wanted === state.shown)
    return { do: 'nothing' };
  if (!state.ended && state.wanted === state.refused) return { do: 'nothing' };
  const due = state.lastWriteAt === null ? 0 : state.lastWriteAt + intervalMs;
  const until = state.ended ? state.heldUntil : Math.max(state.heldUntil, state.previewsHeldUntil, due);
  return now < until ? { do: 'wait', until } : { do: 'write', text: state.wanted, final: state.ended };
}
