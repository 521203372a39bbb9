import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { RunEventLog, RunStore } from '../ports.ts';
import { isTerminal } from '../runs/run-lifecycle.ts';
import type { PositionedRunEvent, RunEvent, RunEventId } from '../runs/run-event.ts';
import type { Run, RunRef } from '../runs/run.ts';
import type { Timings } from '../timings.ts';
import { createWaker } from '../waker.ts';

export type FeedParts = {
  events: Pick<RunEventLog, 'read' | 'follow'>;
  runs: Pick<RunStore, 'find'>;
  clock: Clock;
  timings: Pick<Timings, 'silenceCheckMs'>;
  logger: Logger;
};

/** Batches of a run's past that are read at once. */
const PAGE = 100;

/** What waits for a reader that is slow, in characters about; of one that is slower the rest stays in the stream. */
const MOST_WAITING = 65_536;

/**
 * The events of a run from the first that its stream still holds, as they come, until it has ended; then what the database
 * says of it (null when its thread was deleted). Events that come while the caller is not ready wait in bounded memory, and
 * beyond it in the stream. A run of which nothing is heard for `silenceCheckMs` is looked up. Ends early, with null, when
 * the signal fires.
 *
 * @param isNew The run was started just now, so there is no past of it to read.
 */
export async function* runFeed(
  parts: FeedParts,
  { threadId, runId }: RunRef,
  begin: { isNew: boolean; hasEnded: boolean },
  signal: AbortSignal,
): AsyncGenerator<PositionedRunEvent[], Run | null> {
  const ref = { threadId, runId };
  let position: RunEventId | null = null;
  for (let mayHavePast = !begin.isNew; !signal.aborted; mayHavePast = true) {
    while (mayHavePast) {
      const page: PositionedRunEvent[] = await parts.events.read(ref, position, PAGE);
      const last = page.at(-1);
      if (last === undefined || signal.aborted) break;
      position = last.id;
      yield page;
    }
    if (begin.hasEnded) return outcomeOf(parts, ref, signal);
    const live = follow(parts, ref, position, signal);
    try {
      while (!signal.aborted && !live.isBehind()) {
        const batch = live.take();
        const last = batch.at(-1);
        if (last !== undefined) {
          position = last.id;
          yield batch;
          if (last.event.type !== 'end') continue;
        } else if (await live.hears(parts.timings.silenceCheckMs)) continue;
        const ended = await lookUp(parts, ref);
        if (ended !== undefined) return ended;
      }
    } finally {
      live.stop();
    }
  }
  return null;
}

/** Resolves when the run has ended: with the run, or null when its thread was deleted or the signal fired. */
export async function untilEnded(
  parts: FeedParts,
  run: RunRef & { hasEnded: boolean },
  signal: AbortSignal,
): Promise<Run | null> {
  if (run.hasEnded) return outcomeOf(parts, run, signal);
  const feed = runFeed(parts, run, { isNew: true, hasEnded: false }, signal);
  for (;;) {
    const next = await feed.next();
    if (next.done === true) return next.value;
  }
}

/** What is stored of a run that has ended; waits for a database that is away. */
async function outcomeOf(parts: FeedParts, ref: RunRef, signal: AbortSignal): Promise<Run | null> {
  for (;;) {
    const ended = await lookUp(parts, ref);
    if (ended !== undefined || signal.aborted) return ended ?? null;
    await parts.clock.sleep(parts.timings.silenceCheckMs, signal);
  }
}

/** Undefined while the run goes on, or when nobody can tell. */
async function lookUp({ runs, logger }: FeedParts, ref: RunRef): Promise<Run | null | undefined> {
  try {
    const run = await runs.find(ref);
    return run === null || isTerminal(run.status) ? run : undefined;
  } catch (error) {
    logger.warn({ ...ref, err: error }, 'a reader could not look up its run; it will again');
    return undefined;
  }
}

function follow({ events, clock }: FeedParts, ref: RunRef, from: RunEventId | null, signal: AbortSignal) {
  const waker = createWaker(clock);
  let waiting: PositionedRunEvent[] = [];
  let weight = 0;
  let isBehind = false;
  const unfollow = events.follow(ref, from, (heard) => {
    if (isBehind) return;
    waiting.push(...heard);
    for (const { event } of heard) weight += weightOf(event);
    isBehind = weight > MOST_WAITING;
    if (isBehind) waiting = [];
    waker.wake();
  });
  signal.addEventListener('abort', waker.wake, { once: true });
  return {
    isBehind: () => isBehind,
    take() {
      const taken = waiting;
      waiting = [];
      weight = 0;
      return taken;
    },
    /** False when nothing came within `ms`. */
    async hears(ms: number): Promise<boolean> {
      const hasNews = () => waiting.length > 0 || isBehind || signal.aborted;
      const until = clock.now().getTime() + ms;
      // It may be woken by what was taken before.
      for (let left = ms; left > 0 && !hasNews(); left = until - clock.now().getTime()) {
        await waker.wait(left);
      }
      return hasNews();
    },
    stop() {
      unfollow();
      signal.removeEventListener('abort', waker.wake);
    },
  };
}

function weightOf(event: RunEvent): number {
  return event.type === 'text' ? event.delta.length : JSON.stringify(event).length;
}
