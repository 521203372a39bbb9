import type { Clock } from '../clock.ts';
import type { PersonThreadStore, RunStore } from '../ports.ts';
import type { Person } from './person.ts';

/** A run that is stopped has ended by then, or belongs to a process that died. */
const STOPS_WITHIN_MS = 5_000;
/** How long the runs of others are waited for, which are not stopped: most answers take no longer. */
const OTHERS_END_WITHIN_MS = 20_000;
/** A run of which nothing was heard for so long is not being executed. */
const HEARD_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 100;

/** The runs that hinder one erasure; it waits for each kind of them only once for as long as it may take. */
export type RunStopper = {
  /** Stops runs that answer the person, and forgets what they said. */
  stop(threadId: string, runIds: readonly string[]): Promise<void>;
  /** Whether something is executed in the thread that may have read something of the person. */
  isBusy(threadId: string, person: Person): Promise<boolean>;
  /** False when something still is after all the time that it may take. */
  untilIdle(threadIds: readonly string[], person: Person): Promise<boolean>;
  /** Who was not heard of since then is not executing anything. */
  lives(): Date;
};

export function createRunStopper({
  people,
  runs,
  clock,
}: {
  people: Pick<PersonThreadStore, 'isBusy'>;
  runs: Pick<RunStore, 'requestCancel' | 'find'>;
  clock: Clock;
}): RunStopper {
  /** Looks until nothing is going on any more; false when something is after that time. */
  async function wait(withinMs: number, goesOn: () => Promise<boolean>): Promise<boolean> {
    const until = clock.now().getTime() + withinMs;
    while (await goesOn()) {
      if (clock.now().getTime() >= until) return false;
      await clock.sleep(LOOK_EVERY_MS);
    }
    return true;
  }

  const lives = () => new Date(clock.now().getTime() - HEARD_WITHIN_MS);

  return {
    async stop(threadId, runIds) {
      for (const runId of runIds) {
        // Not with what set it off: others may have said something of it, and the rest is erased anyway.
        await runs.requestCancel({ threadId, runId }, 'discard', clock.now());
        await wait(STOPS_WITHIN_MS, async () => {
          const run = await runs.find({ threadId, runId });
          return run?.endedAt === null && run.heartbeatAt !== null && run.heartbeatAt > lives();
        });
      }
    },

    isBusy: (threadId, person) => people.isBusy(threadId, person, lives()),

    untilIdle: (threadIds, person) =>
      wait(OTHERS_END_WITHIN_MS, async () => {
        for (const threadId of threadIds) if (await people.isBusy(threadId, person, lives())) return true;
        return false;
      }),

    lives,
  };
}
