import type { Logger } from '../../core/logger.ts';
import type { Claim, Doorbells, RunStore } from '../../core/ports.ts';
import type { Clock } from '../../core/clock.ts';
import { isOnLastChance } from '../../core/runs/last-chance.ts';
import type { Timings } from '../../core/timings.ts';
import { type Executed, type RunExecutionParts, createRunExecution } from './execute-run.ts';

export type RunWorker = {
  /** Executes the thread's runs, in order, until there is nothing to do for this worker. */
  drainThread(threadId: string): Promise<void>;
  /** Takes no more runs, waits for those under way up to `drainMs`, then gives them back to the queue. */
  stop(): Promise<void>;
};

export type RunWorkerParts = RunExecutionParts & {
  runs: RunStore;
  doorbells: Doorbells;
  workerId: string;
  clock: Clock;
  timings: Timings;
  logger: Logger;
};

export function createRunWorker(parts: RunWorkerParts): RunWorker {
  const { runs, doorbells, workerId, clock, timings, active } = parts;
  const execute = createRunExecution(parts);
  let stopping = false;
  let lastChances = 0;

  /** One on its last chance is given back for a moment while another one is executed here. */
  async function executeApart({ run, thread }: Extract<Claim, { kind: 'claimed' }>): Promise<Executed> {
    if (!isOnLastChance(run, parts.rules().maxAttempts)) return execute(run, thread);
    if (lastChances >= timings.lastChancesAtOnce) {
      const afterMs = timings.lastChanceRetryMs;
      const availableAt = new Date(clock.now().getTime() + afterMs);
      await runs.release({ threadId: run.threadId, runId: run.id, fence: run.fence }, availableAt, false);
      return { kind: 'again', afterMs };
    }
    lastChances += 1;
    try {
      return await execute(run, thread);
    } finally {
      lastChances -= 1;
    }
  }

  async function drainThread(threadId: string): Promise<void> {
    while (!stopping) {
      const now = clock.now();
      const staleBefore = new Date(now.getTime() - timings.heartbeatStaleMs);
      const claim = await runs.claimNext(threadId, workerId, now, staleBefore);
      if (claim.kind === 'later') {
        await doorbells.ringThread(threadId, { delayMs: claim.availableAt.getTime() - now.getTime() });
        return;
      }
      if (claim.kind !== 'claimed') return;
      if (stopping) {
        // Claimed while the drain began, which no longer waits for it.
        const { id: runId, fence } = claim.run;
        await runs.release({ threadId, runId, fence }, now, false);
        break;
      }
      const executed = await executeApart(claim);
      if (executed.kind === 'lost') return;
      if (executed.kind === 'again') {
        await doorbells.ringThread(threadId, { delayMs: executed.afterMs });
        return;
      }
      if (!executed.moreMayWait) return;
    }
    // The ring is answered, but the thread may have more to do: somebody else is to look.
    await doorbells.ringThread(threadId);
  }

  return {
    drainThread,
    async stop() {
      stopping = true;
      const inTime = new AbortController();
      await Promise.race([active.idle(), clock.sleep(timings.drainMs, inTime.signal)]);
      inTime.abort();
      active.interruptAll({ kind: 'drained' });
      await active.idle();
      active.close();
    },
  };
}
