import type { RunEventLog } from '../../../../src/core/ports.ts';
import type { PositionedRunEvent, RunEvent } from '../../../../src/core/runs/run-event.ts';

/** The event log of one run, in memory: tells its followers of what is appended, and keeps it. */
export function createMemoryLog() {
  const kept: PositionedRunEvent[][] = [];
  const followers = new Set<(events: PositionedRunEvent[]) => void>();
  let seq = 0;
  let reads = 0;
  const after = (from: string | null) => {
    const last = Number(from?.split('-')[1] ?? 0);
    return kept.filter((batch) => Number(batch.at(-1)?.id.split('-')[1]) > last);
  };
  const log: Pick<RunEventLog, 'read' | 'follow'> = {
    async read(_ref, from, batches) {
      reads += 1;
      return after(from).slice(0, batches).flat();
    },
    follow(_ref, from, onEvents) {
      const past = after(from).flat();
      if (past.length > 0) queueMicrotask(() => followers.has(onEvents) && onEvents(past));
      followers.add(onEvents);
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
      for (const tell of followers) tell(batch);
    },
  };
}
