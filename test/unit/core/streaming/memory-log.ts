import type { RunEventLog } from '../../../../src/core/ports.ts';
import type { PositionedRunEvent, RunEvent } from '../../../../src/core/runs/run-event.ts';

/** The event log of one run, in memory: tells its followers of what is appended, and keeps it. */
export function createMemoryLog() {
  const kept: PositionedRunEvent[][] = [];
  /** Each with the last event that it was told; as the stream's reader does, all are told in order. */
  const followers = new Map<(events: PositionedRunEvent[]) => void, string | null>();
  let seq = 0;
  let reads = 0;
  const after = (from: string | null) => {
    const last = Number(from?.split('-')[1] ?? 0);
    return kept.filter((batch) => Number(batch.at(-1)?.id.split('-')[1]) > last);
  };
  function tell(onEvents: (events: PositionedRunEvent[]) => void) {
    const told = followers.get(onEvents);
    if (told === undefined) return;
    const news = after(told).flat();
    const last = news.at(-1);
    if (last === undefined) return;
    followers.set(onEvents, last.id);
    onEvents(news);
  }
  const log: Pick<RunEventLog, 'read' | 'follow'> = {
    async read(_ref, from, batches) {
      reads += 1;
      return after(from).slice(0, batches).flat();
    },
    follow(_ref, from, onEvents) {
      followers.set(onEvents, from);
      queueMicrotask(() => tell(onEvents));
      return () => void followers.delete(onEvents);
    },
  };
  return {
    log,
    get followers() {
      return followers.size;
    },
    get reads() {
      return reads;
    },
    /** All events so far. */
    events: () => kept.flat(),
    append(...events: RunEvent[]) {
      const batch = events.map((event): PositionedRunEvent => {
        seq += 1;
        return { id: `1-${seq}`, event };
      });
      kept.push(batch);
      for (const onEvents of followers.keys()) tell(onEvents);
    },
  };
}
