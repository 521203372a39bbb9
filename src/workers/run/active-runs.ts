import type { Clock } from '../../core/clock.ts';
import type { AttemptStop } from '../../core/runs/attempt-end.ts';
import type { CancelBroadcast, RunStore } from '../../core/ports.ts';
import type { Logger } from '../../core/logger.ts';
import type { CancelAction, RunLease } from '../../core/runs/run.ts';
import type { Timings } from '../../core/timings.ts';
import { createHeartbeat } from '../heartbeat.ts';

type Interruption = Exclude<AttemptStop, { kind: 'finished' | 'asked' | 'threw' }>;

export type ActiveRun = {
  lease: RunLease;
  signal: AbortSignal;
  /** Why the signal fired. */
  interruption(): Interruption | null;
  interrupt(why: Interruption): void;
};

export type ActiveRuns = {
  begin(lease: RunLease): ActiveRun;
  end(active: ActiveRun): void;
  interruptAll(why: Interruption): void;
  readonly count: number;
  /** Resolves when no run is active. */
  idle(): Promise<void>;
  close(): void;
};

/** The runs that this process executes: keeps their heartbeats going and interrupts those that are to stop. */
export function createActiveRuns(parts: {
  runs: RunStore;
  cancels: CancelBroadcast;
  workerId: string;
  clock: Clock;
  timings: Pick<Timings, 'heartbeatMs'>;
  logger: Logger;
}): ActiveRuns {
  const { runs, cancels, workerId, clock, timings, logger } = parts;
  const active = new Map<string, ActiveRun>();
  let whenIdle: (() => void)[] = [];

  const cancel = (runId: string, action: CancelAction) =>
    active.get(runId)?.interrupt({ kind: 'cancelled', action });
  const unsubscribe = cancels.subscribe(({ runId, action }) => cancel(runId, action));

  const heartbeat = createHeartbeat({
    clock,
    intervalMs: timings.heartbeatMs,
    isIdle: () => active.size === 0,
    async beat() {
      // Those of now: when the answer comes, a run may have been given back and claimed again by this very process.
      const beating = new Map(active);
      const leases = [...beating.values()].map(({ lease }) => lease);
      try {
        const answer = await runs.heartbeat(workerId, leases, clock.now());
        for (const { runId, action } of answer.cancel) {
          beating.get(runId)?.interrupt({ kind: 'cancelled', action });
        }
        for (const { runId } of answer.lost) beating.get(runId)?.interrupt({ kind: 'overtaken' });
      } catch (error) {
        logger.warn({ err: error, runs: leases.length }, 'a heartbeat did not reach the database');
      }
    },
  });

  return {
    begin(lease) {
      const controller = new AbortController();
      let interruption: Interruption | null = null;
      const run: ActiveRun = {
        lease,
        signal: controller.signal,
        interruption: () => interruption,
        interrupt(why) {
          interruption ??= why;
          controller.abort();
        },
      };
      active.set(lease.runId, run);
      heartbeat.start();
      return run;
    },
    end(run) {
      if (active.get(run.lease.runId) === run) active.delete(run.lease.runId);
      if (active.size > 0) return;
      for (const resolve of whenIdle) resolve();
      whenIdle = [];
    },
    interruptAll(why) {
      for (const run of active.values()) run.interrupt(why);
    },
    get count() {
      return active.size;
    },
    idle: () => (active.size === 0 ? Promise.resolve() : new Promise((resolve) => whenIdle.push(resolve))),
    close() {
      heartbeat.stop();
      unsubscribe();
    },
  };
}
