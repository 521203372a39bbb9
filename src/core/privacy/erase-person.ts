import type { Clock } from '../clock.ts';
import type {
  PersonEraser,
  PersonThread,
  PersonThreadStore,
  RunEventEraser,
  RunStore,
  ThreadStore,
} from '../ports.ts';
import { type Person, personKey } from './person.ts';

export type ErasureReport = {
  person: string;
  dryRun: boolean;
  /** How much of each kind was erased; with `dryRun`, would be. */
  erased: Record<string, number>;
};

export type ErasureRequest = { projectId: string; person: Person; dryRun: boolean };

/** A run that is stopped has ended by then, or belongs to a process that died. */
const ENDS_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 100;

/**
 * Erases one person from all that a project keeps: threads that only they wrote in are deleted, elsewhere their messages and
 * what was answered to them become tombstones, and their id and name are taken out of what else these threads hold. Repeatable.
 */
export function createPersonErasure(parts: {
  people: PersonThreadStore;
  erasers: readonly PersonEraser[];
  threads: Pick<ThreadStore, 'delete'>;
  runs: Pick<RunStore, 'requestCancel' | 'find'>;
  eventEraser: RunEventEraser;
  clock: Clock;
}): (request: ErasureRequest) => Promise<ErasureReport> {
  const { people, erasers, threads, runs, eventEraser, clock } = parts;

  /** What is being answered to them is stopped and forgotten, so that nothing comes after the erasure. */
  async function stopRuns({ threadId, runs: theirs }: PersonThread): Promise<void> {
    const open = theirs.filter(({ hasEnded }) => !hasEnded);
    const until = clock.now().getTime() + ENDS_WITHIN_MS;
    for (const { id: runId } of open) {
      await runs.requestCancel({ threadId, runId }, 'rollback', clock.now());
      while (clock.now().getTime() < until) {
        const run = await runs.find({ threadId, runId });
        if (run === null || run.endedAt !== null) break;
        await clock.sleep(LOOK_EVERY_MS);
      }
    }
  }

  return async ({ projectId, person, dryRun }) => {
    const erased: Record<string, number> = { threads: 0, messages: 0, answers: 0, decisions: 0, files: 0 };
    const add = (kind: string, count: number) => {
      erased[kind] = (erased[kind] ?? 0) + count;
    };
    const keys = new Set([personKey(person)]);
    const messageIds = new Set<string>();
    const threadIds = new Set<string>();
    for await (const thread of people.threadsOf(projectId, person)) {
      keys.add(thread.key);
      threadIds.add(thread.threadId);
      for (const id of thread.messageIds) messageIds.add(id);
      add('threads', thread.isTheirs ? 1 : 0);
      add('messages', thread.messageIds.length);
      add('answers', thread.answerIds.length);
      add('decisions', thread.decisions);
      add('files', thread.files);
      if (dryRun) continue;
      await stopRuns(thread);
      if (thread.isTheirs) await threads.delete(thread.threadId);
      else await people.eraseFrom(thread, { id: person.id, names: thread.names }, clock.now());
      await eventEraser.forget([...thread.runs.map(({ id }) => id), ...thread.otherRunIds]);
    }
    const subject = { projectId, keys: [...keys], messageIds, threadIds };
    for (const eraser of erasers) add(eraser.kind, await eraser.erase(subject, { dryRun }));
    return { person: personKey(person), dryRun, erased };
  };
}
