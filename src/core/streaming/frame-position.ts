import type { RunEventId } from '../runs/run-event.ts';

/**
 * A place in the frames of a run. An event makes several frames: `part` counts them from 0, and is `LAST` for the one
 * after which nothing of the event is left. What a run waits for comes after all events of its fence, at `seq` `REST`, and
 * its outcome after that, at `OUTCOME`: a run that waits may be cancelled.
 */
export type FramePosition = { fence: number; seq: number; part: number };

export const LAST = Number.POSITIVE_INFINITY;
export const REST = Number.MAX_SAFE_INTEGER;
export const OUTCOME = Number.POSITIVE_INFINITY;

/** The first frame of all: the metadata of the first attempt, which may be told before anything is heard of it. */
export const GREETING: FramePosition = { fence: 1, seq: 1, part: 0 };

/** Last-Event-ID of a reader that wants to begin at the start. */
export const FROM_START = '-1';

/** What comes after all events has a name in place of a number. */
const SEQ_BY_NAME = new Map([
  ['rest', REST],
  ['end', OUTCOME],
]);
const NAME_BY_SEQ = new Map(Array.from(SEQ_BY_NAME, ([name, seq]) => [seq, name]));

const ID = /^(?<fence>\d{1,15})-(?<seq>\d{1,15}|rest|end)(?:\.(?<part>\d{1,6}))?$/;

/** Reads a frame's id, as `1-3` (the last frame of the event `1-3`), `1-3.0`, `1-rest` or `1-end`; null when it is none. */
export function parseFrameId(id: string): FramePosition | null {
  const { fence, seq, part } = ID.exec(id)?.groups ?? {};
  if (fence === undefined) return null;
  return {
    fence: Number(fence),
    seq: SEQ_BY_NAME.get(seq ?? '') ?? Number(seq),
    part: part === undefined ? LAST : Number(part),
  };
}

export function frameId({ fence, seq, part }: FramePosition): string {
  const event = `${fence}-${NAME_BY_SEQ.get(seq) ?? seq}`;
  return part === LAST ? event : `${event}.${part}`;
}

/** Behind all frames of an event. */
export function afterEvent(id: RunEventId): FramePosition {
  const [fence = 0, seq = 0] = id.split('-').map(Number);
  return { fence, seq, part: LAST };
}

/** No attempt tells so many events; written with as many digits as an id may have. */
const AFTER_ALL_EVENTS = 999_999_999_999_999;

/** Behind all that an attempt tells, and before the outcome of its run, should that follow. */
export function afterAttempt(fence: number): FramePosition {
  return { fence, seq: AFTER_ALL_EVENTS, part: LAST };
}

export function isBehind(left: FramePosition, right: FramePosition): boolean {
  if (left.fence !== right.fence) return left.fence > right.fence;
  if (left.seq !== right.seq) return left.seq > right.seq;
  return left.part > right.part;
}
