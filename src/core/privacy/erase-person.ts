import type { Clock } from '../clock.ts';
import type {
  ErasureSubject,
  PersonEraser,
  PersonThread,
  PersonThreadStore,
  RunEventEraser,
  RunStore,
} from '../ports.ts';
import { TIMINGS } from '../timings.ts';
import { type Person, personKey } from './person.ts';
import { createRunStopper } from './stop-runs.ts';

export type ErasureReport = {
  person: string;
  dryRun: boolean;
  /** How much of each kind was erased; with `dryRun`, would be. */
  erased: Record<string, number>;
  /** Threads from which not all was erased, because something went on in them; 0 when all is done. */
  threadsLeft: number;
};

export type ErasureRequest = { projectId: string; person: Person; dryRun: boolean };

export type ErasureParts = {
  people: PersonThreadStore;
  erasers: readonly PersonEraser[];
  runs: Pick<RunStore, 'requestCancel' | 'find'>;
  eventEraser: RunEventEraser;
  clock: Clock;
};

/** Threads that are held at once: what else is kept is searched once for all of them. */
const THREADS_AT_ONCE = 100;
/** The last pass finds nothing; more than one before it are needed where people go on writing. */
const MOST_PASSES = 5;
/** A thread that still changes then is left to the next pass. */
const MOST_LOOKS = 4;
/** Longer than any stream is kept: an older one is gone. */
const STREAMS_KEPT_MS = 2 * TIMINGS.eventTtlMs;

/**
 * Erases one person from all that a project keeps: threads that only they wrote in are deleted, elsewhere their messages and
 * what was answered to them become tombstones, and their id and name are taken out of what else these threads hold.
 *
 * It passes through the project until it finds nothing more of them, so that what was written meanwhile is erased as well.
 * What it finds a thread by goes last: broken off at any moment, the next call finds what is left and ends it.
 */
export function createPersonErasure(
  parts: ErasureParts,
): (request: ErasureRequest) => Promise<ErasureReport> {
  const { people, erasers, eventEraser, clock } = parts;
  const runStopper = createRunStopper(parts);

  return async ({ projectId, person, dryRun }) => {
    const erased: Record<string, number> = { threads: 0, messages: 0, answers: 0, decisions: 0, files: 0 };
    const add = (kind: string, count: number) => {
      erased[kind] = (erased[kind] ?? 0) + count;
    };
    const addFound = ({ messages, answers, decisions }: PersonThread, isWhole: boolean) => {
      add('threads', isWhole ? 1 : 0);
      add('messages', messages);
      add('answers', answers);
      add('decisions', decisions);
    };
    const eraseBeside = async (part: ErasureSubject['part']) => {
      for (const eraser of erasers) {
        add(eraser.kind, await eraser.erase({ projectId, person, part }, { dryRun }));
      }
    };
    /** Threads that were erased from, and have not been finished because something went on in them. */
    let left = new Set<string>();

    /** Erases until nobody can have read something that is written again later. False: somebody is still at it. */
    async function eraseFrom(thread: PersonThread): Promise<boolean> {
      let isAgain = left.has(thread.threadId);
      for (let looks = 1; looks <= MOST_LOOKS; looks += 1) {
        if (isAgain && (await runStopper.isBusy(thread.threadId, person))) return false;
        if (await people.eraseFrom(thread, person, clock.now(), isAgain)) return true;
        isAgain = true;
      }
      return false;
    }

    /** Answers whether the thread can be finished. */
    async function prepare(thread: PersonThread): Promise<boolean> {
      const { threadId, files } = thread;
      add('files', files);
      if (dryRun) {
        addFound(thread, thread.isTheirs);
        return false;
      }
      await runStopper.stop(threadId, await people.openRuns(threadId, person));
      const isErased = await eraseFrom(thread);
      const streamsSince = new Date(clock.now().getTime() - STREAMS_KEPT_MS);
      await eventEraser.forget(await people.streamedRuns(threadId, streamsSince));
      return isErased;
    }

    /** Erases from some threads; answers those that could not be finished. */
    async function eraseBatch(batch: readonly PersonThread[]): Promise<string[]> {
      const erasedFrom = new Set<PersonThread>();
      for (const thread of batch) if (await prepare(thread)) erasedFrom.add(thread);
      await eraseBeside({ kind: 'of_threads', threadIds: batch.map(({ threadId }) => threadId) });
      if (dryRun) return [];
      const unfinished: string[] = [];
      for (const thread of batch) {
        const end = erasedFrom.has(thread)
          ? await people.finish(thread, person, runStopper.lives())
          : 'not_yet';
        if (end === 'not_yet') unfinished.push(thread.threadId);
        else addFound(thread, end === 'deleted');
      }
      return unfinished;
    }

    /** Goes through the whole project once; answers how many threads it found. */
    async function pass(): Promise<number> {
      const unfinished: string[] = [];
      let found = 0;
      let batch: PersonThread[] = [];
      const eraseSome = async () => {
        if (batch.length > 0) unfinished.push(...(await eraseBatch(batch)));
        batch = [];
      };
      for await (const thread of people.threadsOf(projectId, person)) {
        found += 1;
        batch.push(thread);
        if (batch.length === THREADS_AT_ONCE) await eraseSome();
      }
      await eraseSome();
      left = new Set(unfinished);
      return found;
    }

    for (let passes = 1; passes <= MOST_PASSES; passes += 1) {
      const found = await pass();
      if (dryRun || found === 0 || !(await runStopper.untilIdle([...left], person))) break;
    }
    await eraseBeside({ kind: 'of_person' });
    return { person: personKey(person), dryRun, erased, threadsLeft: left.size };
  };
}
