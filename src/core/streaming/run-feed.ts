import { waitsForPeople } from '../approval/approval.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { RunEventLog, RunStore } from '../ports.ts';
import { isTerminal } from '../runs/run-lifecycle.ts';
import type { PositionedRunEvent, RunEvent, RunEventId } from '../runs/run-event.ts';
import type { Run, RunRef } from '../runs/run.ts';
import type { Timings } from '../timings.ts';
import { afterEvent } from './frame-position.ts';
import type { SilenceWatch } from './silence-watch.ts';

export type FeedParts = {
  events: Pick<RunEventLog, 'read' | 'follow'>;
  runs: Pick<RunStore, 'find'>;
  silence: SilenceWatch;
  clock: Pick<Clock, 'sleep' | 'now'>;
  timings: Pick<Timings, 'silenceCheckMs'>;
  logger: Logger;
};

/** Batches of a run's past that are read at once. */
const PAGE = 100;

/** What waits for a reader that is slow, in characters about; of one that is slower the rest stays in the stream. */
const MOST_WAITING = 65_536;

/**
 * The events of a run from the first that its stream still holds, as they come, until it is at rest: it has ended, or it
 * waits for people. Then what the database says of it (null when its thread was deleted). Events that come while the caller
 * is not ready wait in bounded memory, and beyond it in the stream. Ends early, with null, when the signal fires.
 *
 * @param begin `isNew`: the run was started just now, so there is no past of it to read. `isAtRest`: it was, so it is
 * looked up when its past is read.
 */
export async function* runFeed(
  parts: FeedParts,
  { threadId, runId }: RunRef,
  begin: { isNew: boolean; isAtRest: boolean },
  signal: AbortSignal,
): AsyncGenerator<PositionedRunEvent[], Run | null> {
  const ref = { threadId, runId };
  let position: RunEventId | null = null;
  let mayRest = begin.isAtRest;
  let told: RunEventId | null = null;
  for (let mayHavePast = !begin.isNew; !signal.aborted; mayHavePast = true) {
    while (mayHavePast) {
      const page: PositionedRunEvent[] = await parts.events.read(ref, position, PAGE);
      const last = page.at(-1);
      if (last === undefined || signal.aborted) break;
      position = last.id;
      yield page;
      if (last.event.type === 'end') return outcomeOf(parts, ref, signal);
      told = last.event.type === 'approval' ? last.id : null;
    }
    const rested = mayRest || told !== null ? await restOf(parts, ref, told, signal) : undefined;
    if (rested !== undefined) return rested;
    mayRest = false;
    told = null;
    const live = follow(parts, ref, position, signal);
    try {
      while (!signal.aborted && !live.isBehind()) {
        const batch = live.take();
        const last = batch.at(-1);
        if (last === undefined) {
          mayRest = live.mayRest();
          if (mayRest) break;
          await live.news();
          continue;
        }
        position = last.id;
        yield batch;
        if (last.event.type === 'end') return await outcomeOf(parts, ref, signal);
        if (last.event.type !== 'approval') continue;
        const found = await restOf(parts, ref, position, signal);
        if (found !== undefined) return found;
      }
    } finally {
      live.stop();
    }
  }
  return null;
}

/** Resolves when the run is at rest: with the run, or null when its thread was deleted or the signal fired. */
export async function untilAtRest(
  parts: FeedParts,
  run: RunRef & { isAtRest: boolean },
  signal: AbortSignal,
): Promise<Run | null> {
  const rested = run.isAtRest ? await restOf(parts, run, null, signal) : undefined;
  if (rested !== undefined) return rested;
  const feed = runFeed(parts, run, { isNew: true, isAtRest: false }, signal);
  for (;;) {
    const next = await feed.next();
    if (next.done === true) return next.value;
  }
}

/** Resolves when the run has ended, however long it waits for people before, or the signal fires. */
export async function untilEnded(parts: FeedParts, ref: RunRef, signal: AbortSignal): Promise<void> {
  for (let isAtRest = false; ; isAtRest = true) {
    const run = await untilAtRest(parts, { ...ref, isAtRest }, signal);
    if (run === null || isTerminal(run.status)) return;
    await parts.clock.sleep(parts.timings.silenceCheckMs, signal);
  }
}

/** The run if it is at rest, null when it is gone or the signal fired; undefined when there is more to come. */
async function restOf(
  parts: FeedParts,
  ref: RunRef,
  /** Of the event by which a run told that it waits: of a later attempt that does, there is more to be heard. */
  told: RunEventId | null,
  signal: AbortSignal,
): Promise<Run | null | undefined> {
  const run = await lookUp(parts, ref, signal);
  if (run === null || isTerminal(run.status)) return run;
  const waits = waitsForPeople(run, parts.clock.now());
  return waits && (told === null || afterEvent(told).fence === run.fence) ? run : undefined;
}

/** What is stored of a run that has told its end. */
async function outcomeOf(parts: FeedParts, ref: RunRef, signal: AbortSignal): Promise<Run | null> {
  for (;;) {
    const run = await lookUp(parts, ref, signal);
    if (run === null || isTerminal(run.status)) return run;
    await parts.clock.sleep(parts.timings.silenceCheckMs, signal);
  }
}

/** What is stored of a run; waits for a database that is away. Null when it is gone, or the signal fired. */
async function lookUp(
  { runs, clock, timings, logger }: FeedParts,
  { threadId, runId }: RunRef,
  signal: AbortSignal,
): Promise<Run | null> {
  const ref = { threadId, runId };
  while (!signal.aborted) {
    try {
      return await runs.find(ref);
    } catch (error) {
      logger.warn({ ...ref, err: error }, 'a reader could not look up its run; it will again');
    }
    await clock.sleep(timings.silenceCheckMs, signal);
  }
  return null;
}

/** What is heard of a run from a position on, as far as it is not taken yet. */
function follow({ events, silence }: FeedParts, ref: RunRef, from: RunEventId | null, signal: AbortSignal) {
  let waiting: PositionedRunEvent[] = [];
  let weight = 0;
  let isBehind = false;
  let mayRest = false;
  let wake = () => {};
  const watched = silence.watch(ref, () => {
    mayRest = true;
    wake();
  });
  const unfollow = events.follow(ref, from, (heard) => {
    watched.heard();
    if (isBehind) return;
    waiting.push(...heard);
    for (const { event } of heard) weight += weightOf(event);
    isBehind = weight > MOST_WAITING;
    if (isBehind) waiting = [];
    wake();
  });
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    /** More came than could wait; what did is dropped, and still in the stream. */
    isBehind: () => isBehind,
    /** Nothing is heard any more, as of a run that has ended or waits. */
    mayRest: () => mayRest,
    take() {
      const taken = waiting;
      waiting = [];
      weight = 0;
      return taken;
    },
    /** Resolves when one of the answers of the others has changed, or the signal fires. */
    async news(): Promise<void> {
      if (waiting.length > 0 || isBehind || mayRest || signal.aborted) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    },
    stop() {
      unfollow();
      watched.stop();
      signal.removeEventListener('abort', onAbort);
    },
  };
}

function weightOf(event: RunEvent): number {
  return event.type === 'text' ? event.delta.length : JSON.stringify(event).length;
}
