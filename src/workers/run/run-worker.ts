import type { Logger } from '../../core/logger.ts';
import type { Claim, Doorbells, RunRecordStore, RunStore } from '../../core/ports.ts';
import type { Clock } from '../../core/clock.ts';
import { isOnLastChance } from '../../core/runs/last-chance.ts';
import type { Timings } from '../../core/timings.ts';
import { type RunExecutionParts, createRunExecution } from './execute-run.ts';
import { createRecordKeeper } from './keep-record.ts';

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
  /** Left out: nothing is kept of what models are sent. */
  records?: Pick<RunRecordStore, 'add'>;
  /** A record could not be stored. */
  onRecordLost?: () => void;
};

export function createRunWorker(parts: RunWorkerParts): RunWorker {
  const { runs, doorbells, workerId, clock, timings, active, records, logger, onRecordLost } = parts;
  const recordKeeper =
    records === undefined
      ? undefined
      : createRecordKeeper({
          records,
          logger,
          ...(onRecordLost === undefined ? {} : { onLost: onRecordLost }),
        });
  const execute = createRunExecution({
    ...parts,
    ...(recordKeeper === undefined ? {} : { recordKeeper }),
  });
  let stopping = false;
  let lastChances = 0;

  /**
   * Claims the thread's next run; `done` is to be called when it was executed. Room for a run on its last chance is kept
   * before it is known whether it is one: of two claims at once the second would have to be given back.
   */
  async function claimNext(threadId: string, now: Date): Promise<{ claim: Claim; done: () => void }> {
    const { maxAttempts } = parts.rules();
    const hasRoom = lastChances < timings.lastChancesAtOnce;
    const until = new Date(now.getTime() + timings.lastChanceRetryMs);
    const staleBefore = new Date(now.getTime() - timings.heartbeatStaleMs);
    const leaveRoom = () => {
      if (hasRoom) lastChances -= 1;
    };
    if (hasRoom) lastChances += 1;
    try {
      const postpone = hasRoom ? [] : [{ maxAttempts, until }];
      const claim = await runs.claimNext(threadId, workerId, now, staleBefore, ...postpone);
      if (claim.kind === 'claimed' && isOnLastChance(claim.run, maxAttempts))
        return { claim, done: leaveRoom };
      leaveRoom();
      return { claim, done: () => {} };
    } catch (error) {
      leaveRoom();
      throw error;
    }
  }

  async function drainThread(threadId: string): Promise<void> {
    while (!stopping) {
      const now = clock.now();
      const { claim, done } = await claimNext(threadId, now);
      if (claim.kind === 'later') {
        await doorbells.ringThread(threadId, { delayMs: claim.availableAt.getTime() - now.getTime() });
        return;
      }
      if (claim.kind !== 'claimed') return;
      if (stopping) {
        // Claimed while the drain began, which no longer waits for it.
        const { id: runId, fence } = claim.run;
        await runs.release({ threadId, runId, fence }, now, false).finally(done);
        break;
      }
      const executed = await execute(claim.run, claim.thread).finally(done);
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
      await recordKeeper?.idle();
      active.close();
    },
  };
}
