import type { PersonThread, PersonThreadStore } from '../core/ports.ts';
import { type Person, personKey, personOf } from '../core/privacy/person.ts';
import type { Database } from './database.ts';
import type { ThreadDocument } from './documents.ts';
import { eraseFromThread } from './erase-from-thread.ts';
import { mapped } from './foreign-errors.ts';
import { HAS_OUTDATED_ATTEMPT } from './outdate-attempts.ts';
import { ofPerson, type Place, placesOf, tracesIn } from './person-traces.ts';
import type { RemoveThread } from './remove-thread.ts';
import { scrubDecisions } from './scrub-thread.ts';

/** Threads that are looked through with one query. */
const THREADS_AT_ONCE = 100;

/** What a thread has of a person. */
type Found = { messages: number; names: (string | null | undefined)[]; hasSpoken: boolean };
/** And what they decided there, or may decide. */
type Decided = { names: string[] };

export function createPersonThreadStore(database: Database, remove: RemoveThread): PersonThreadStore {
  const { connection, models } = database;
  const { messages, runs } = models;
  const threads = connection.collection<ThreadDocument>('threads');

  /** By their ids, a page at a time: no cursor outlives what an erasure does between two pages. */
  async function* threadsOf(projectId: string, person: Person): AsyncGenerator<PersonThread> {
    for (let after = ''; ; ) {
      const some = await threads
        .find({ _id: { $gt: after }, projectId, ...placesOf(person) })
        .project<Place>({ origin: 1, peopleOf: 1 })
        .sort({ _id: 1 })
        .hint({ _id: 1 })
        .limit(THREADS_AT_ONCE)
        .toArray();
      yield* foundAmong(some, person);
      const last = some.at(-1);
      if (last === undefined || some.length < THREADS_AT_ONCE) return;
      after = last._id;
    }
  }

  async function* foundAmong(some: readonly Place[], person: Person): AsyncGenerator<PersonThread> {
    const threadId = { $in: some.map(({ _id }) => _id) };
    const isAuthor = { $eq: ['$author.id', person.id] };
    const wrote = await messages.aggregate<Found & { _id: string }>([
      { $match: { threadId, ...ofPerson(person) } },
      {
        $group: {
          _id: '$threadId',
          messages: { $sum: 1 },
          names: { $addToSet: { $cond: [isAuthor, '$author.name', '$deniedBy.name'] } },
          hasSpoken: { $max: isAuthor },
        },
      },
    ]);
    const found = new Map(wrote.map((each) => [each._id, each]));
    const decided = await decidedIn(threadId, person);
    for (const { _id, origin, peopleOf = null } of some) {
      const decisions = decided.get(_id);
      const each = found.get(_id);
      if (each === undefined && decisions === undefined) continue;
      yield await lookAt(_id, person, {
        key: personKey(personOf(person, origin ?? peopleOf)),
        found: each ?? { messages: 0, names: [], hasSpoken: false },
        decided: decisions ?? { names: [] },
      });
    }
  }

  async function decidedIn(threadId: { $in: string[] }, person: Person): Promise<Map<string, Decided>> {
    const ids = [person.id, personKey(person)];
    const asked = await runs.find({ threadId, ...decidedBy(person) }, { threadId: 1, approval: 1 }).lean();
    const decided = new Map<string, Decided>();
    for (const { threadId: of, approval } of asked) {
      const decisions = (approval?.calls ?? []).flatMap(({ decision }) => decision ?? []);
      const theirs = decisions.filter(({ by }) => ids.includes(by)).map(({ name }) => name);
      decided.set(of, { names: [...(decided.get(of)?.names ?? []), ...theirs] });
    }
    return decided;
  }

  async function lookAt(
    threadId: string,
    person: Person,
    { key, found, decided }: { key: string; found: Found; decided: Decided },
  ): Promise<PersonThread> {
    // Each answer once: a run that answers several of their messages may be met more than once.
    const answering = new Map<string, number>();
    for await (const page of tracesIn(models, threadId, person)) {
      for (const { _id, messageIds } of page.runs) answering.set(_id, messageIds.length);
    }
    return {
      threadId,
      key,
      names: [...new Set([...found.names, ...decided.names])].flatMap((name) => name || []),
      messages: found.messages,
      answers: [...answering.values()].reduce((total, count) => total + count, 0),
      decisions: decided.names.length,
      files: await filesOf(threadId, person),
      isTheirs: found.hasSpoken && (await isAlone(threadId, person)),
    };
  }

  async function filesOf(threadId: string, person: Person): Promise<number> {
    const files = await models.files.find({ threadId }, { messageIds: 1 }).lean();
    if (files.length === 0) return 0;
    const shown = { $in: files.flatMap(({ messageIds }) => messageIds) };
    const theirs = await messages.find({ threadId, _id: shown, ...ofPerson(person) }, { _id: 1 }).lean();
    const ids = new Set(theirs.map(({ _id }) => _id));
    return files.filter(({ messageIds }) => messageIds.some((id) => ids.has(id))).length;
  }

  /** Nobody else has said something that is still there. */
  async function isAlone(threadId: string, { id }: Person): Promise<boolean> {
    const others = await messages.exists({
      threadId,
      role: 'human',
      redactedAt: null,
      'author.id': { $ne: id },
    });
    return others === null;
  }

  /** Only as it was when nobody else had written in it. */
  async function removeAlone(threadId: string, person: Person): Promise<boolean | null> {
    const thread = await threads.findOne({ _id: threadId }, { projection: { lastSeq: 1 } });
    if (thread === null) return true;
    if (!(await isAlone(threadId, person))) return null;
    return remove(threadId, { lastSeq: thread.lastSeq });
  }

  return {
    threadsOf,

    openRuns: (threadId, person) =>
      mapped(async () => {
        const open = new Set<string>();
        for await (const page of tracesIn(models, threadId, person)) {
          for (const { _id, endedAt } of page.runs) if (endedAt === null) open.add(_id);
        }
        return [...open];
      }),

    eraseFrom: (thread, person, at, isAgain) =>
      mapped(() => eraseFromThread(database, thread, person, at, isAgain)),

    isBusy: (threadId, person, lives) =>
      mapped(async () => {
        const executed = await runs.exists({
          threadId,
          status: 'running',
          heartbeatAt: { $gte: lives },
          $or: [HAS_OUTDATED_ATTEMPT, decidedBy(person)],
        });
        return executed !== null;
      }),

    streamedRuns: (threadId, since) =>
      mapped(async () => {
        const ended = await runs
          .find({ threadId, $or: [{ status: 'queued' }, { endedAt: { $gte: since } }] }, { endedAt: 1 })
          .lean();
        return ended.map(({ _id: id, endedAt }) => ({ id, hasEnded: endedAt !== null }));
      }),

    finish: ({ threadId, key, names, isTheirs }, person, lives) =>
      mapped(async () => {
        if (isTheirs) {
          const removed = await removeAlone(threadId, person);
          if (removed !== null) return removed ? 'deleted' : 'not_yet';
        }
        await scrubDecisions(connection, threadId, { traces: { id: person.id, names }, key, lives });
        if ((await runs.exists({ threadId, ...decidedBy(person) })) !== null) return 'not_yet';
        // What came since is not erased yet, and is to be found again.
        const erased = { threadId, redactedAt: { $ne: null } };
        await messages.updateMany({ ...erased, 'deniedBy.id': person.id }, { $unset: { deniedBy: '' } });
        await messages.updateMany({ ...erased, 'author.id': person.id }, { $set: { author: null } });
        return 'erased';
      }),
  };
}

/** Runs in which the person decided something, or may. */
function decidedBy(person: Person) {
  const by = { $in: [person.id, personKey(person)] };
  return { $or: [{ 'approval.calls.decision.by': by }, { 'approval.calls.by': by }] };
}
