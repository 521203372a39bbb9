import type { PositionedRunEvent } from '../runs/run-event.ts';
import { beginning, framesOf } from './event-frames.ts';
import type { FrameDraft, StreamedOutcome, StreamedRun, StreamFrame } from './frame.ts';
import {
  afterEvent,
  type FramePosition,
  FROM_START,
  frameId,
  GREETING,
  isBehind,
  LAST,
  OUTCOME,
  REST,
} from './frame-position.ts';
import { outcomeFrames } from './outcome-frames.ts';
import type { StreamMode } from './stream-mode.ts';
import { tell, type Told, toldBeforeHearing } from './told.ts';

export type FrameRenderer = {
  /**
   * For the reader that has just started the run, or let it go on: a first frame, before anything is heard of what comes.
   * Of a new run it is that of its first attempt; of one that goes on it stands at the reader's position. What follows is
   * as for a reader that comes again with the id of that frame.
   */
  greet(): StreamFrame[];
  /**
   * The frames of the next event. Events must be given in their order, from the first that the stream still holds, also
   * those before the reader's position: what comes after depends on them.
   */
  hear(event: PositionedRunEvent): StreamFrame[];
  /** The frames after all events; the last one is `end`. */
  end(outcome: StreamedOutcome): StreamFrame[];
};

/**
 * Turns what is known of a run into the frames of one reader. Frames depend on nothing but that: a reader that comes again
 * with the id of the last frame it got (`after`) gets exactly the rest, or a `gap` where something of it is not there any
 * more.
 */
export function createFrameRenderer(options: {
  run: StreamedRun;
  modes: readonly StreamMode[];
  after: FramePosition | null;
}): FrameRenderer {
  const { run } = options;
  let { after } = options;
  const modes = new Set(options.modes);
  const keepsText = modes.has('messages');
  let told: Told | null = null;
  /** Behind the last event that was heard. */
  let heard: FramePosition | null = null;
  let hasEnded = false;

  /** Gives drafts their places within `fence-seq`, and leaves out those that the reader has or does not want. */
  function place(drafts: FrameDraft[], fence: number, seq: number): StreamFrame[] {
    return drafts.flatMap(({ mode, event, data }, index) => {
      const part = index === drafts.length - 1 ? LAST : index;
      const position = { fence, seq, part };
      const isWanted = mode === null || modes.has(mode);
      if (data === null || !isWanted || (after !== null && !isBehind(position, after))) return [];
      return [{ id: frameId(position), event, data: data() }];
    });
  }

  /** What is to be said before an event that does not follow what was heard; it stands behind the event before it. */
  function missingBefore({ id, event }: PositionedRunEvent, at: FramePosition): StreamFrame[] {
    const since = heard ?? (after !== null && isBehind(at, after) && !isWithin(after, at) ? after : null);
    if (event.type === 'attempt' && (since === null || at.fence > since.fence)) return [];
    if (since !== null && isNext(at, since)) return [];
    const gap: FrameDraft = {
      mode: null,
      event: 'gap',
      data: () => ({ from: since === null ? FROM_START : frameId(since), to: id }),
    };
    const isFirst = since === null;
    return place(isFirst ? [...beginning(run, run.attempt), gap] : [gap], at.fence, at.seq - 1);
  }

  return {
    greet() {
      const attempt = after === null ? 1 : run.attempt;
      after ??= GREETING;
      return [{ id: frameId(after), event: 'metadata', data: { run_id: run.id, attempt } }];
    },

    hear(positioned) {
      const at = afterEvent(positioned.id);
      if (heard !== null && !isBehind(at, heard)) return [];
      const missing = missingBefore(positioned, at);
      const before =
        told !== null && heard?.fence === at.fence
          ? told
          : toldBeforeHearing({ runId: run.id, fence: at.fence });
      heard = at;
      hasEnded = positioned.event.type === 'end';
      told = tell(before, positioned.event, keepsText);
      const isFirst = !before.begun || told.messageId !== before.messageId;
      const frames = framesOf(positioned.event, told, isFirst, run);
      return [...missing, ...place(frames, at.fence, at.seq)];
    },

    end(outcome) {
      const resumedFrom = after === null || after.seq >= REST ? null : after;
      // A run that was never attempted has told nothing that could be missing.
      const stand = hasEnded || outcome.fence === 0 ? null : (heard ?? resumedFrom);
      // Its outcome, too, comes behind the greeting.
      const fence = Math.max(GREETING.fence, outcome.fence);
      const before = {
        told,
        isResumed: resumedFrom !== null,
        open: stand === null ? null : frameId(stand),
      };
      const seq = outcome.isWaiting ? REST : OUTCOME;
      const frames = place(outcomeFrames(before, outcome, run), fence, seq);
      if (frames.at(-1)?.event === 'end') return frames;
      // The reader has had all; it is told again, so that every stream ends alike.
      const id = frameId({ fence, seq, part: LAST });
      return [{ id, event: 'end', data: { run_id: run.id, status: outcome.status } }];
    },
  };
}

/** Whether a position lies between the frames of an event. */
function isWithin(position: FramePosition, event: FramePosition): boolean {
  return position.fence === event.fence && position.seq === event.seq;
}

/** Whether an event is the next one of its attempt, and nothing before it is missing. */
function isNext(event: FramePosition, since: FramePosition): boolean {
  return since.part === LAST && event.fence === since.fence && event.seq === since.seq + 1;
}
