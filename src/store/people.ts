import type { PersonThread, PersonThreadStore } from '../core/ports.ts';
import { type Person, personKey, personOf } from '../core/privacy/person.ts';
import { blankRecords } from './blank-records.ts';
import type { Database } from './database.ts';
import type { ThreadDocument } from './documents.ts';
import { eraseMessages } from './erased-messages.ts';
import { mapped } from './foreign-errors.ts';
import { outdateSummary } from './outdate-summary.ts';
import { scrubThread } from './scrub-thread.ts';

/** Threads that are looked through with one query. */
const THREADS_AT_ONCE = 100;
/** Messages that one transaction erases. */
const MESSAGES_AT_ONCE = 200;

/**
 * Where a person's id is theirs: in one platform's threads and copies of them. In Discord an id is one person everywhere,
 * also in direct messages.
 */
function placesOf({ platform, tenant }: Person) {
  if (platform === 'api') return {};
  const place = (field: 'origin' | 'peopleOf') => ({
    [`${field}.platform`]: platform,
    ...(platform === 'slack' && tenant !== null ? { [`${field}.tenant`]: tenant } : {}),
  });
  return { $or: [place('origin'), place('peopleOf')] };
}

/** A thread, and where its people are known by their ids. */
type Place = Pick<ThreadDocument, '_id' | 'origin' | 'peopleOf'>;
/** What a thread has of a person: `ids` are of messages, among them those of results that name them. */
type Found = { _id: string; ids: string[]; names: (string | null | undefined)[]; hasSpoken: boolean };
/** And what they decided there, or may decide. */
type Decided = { runIds: string[]; names: string[] };

export function createPersonThreadStore({ connection, models }: Database): PersonThreadStore {
  const { messages, runs, threads } = models;

  async function* threadsOf(projectId: string, person: Person): AsyncGenerator<PersonThread> {
    const cursor = connection
      .collection<ThreadDocument>('threads')
      .find(
        { projectId, ...placesOf(person) },
        { projection: { origin: 1, peopleOf: 1 }, batchSize: THREADS_AT_ONCE },
      );
    let some: Place[] = [];
    for await (const thread of cursor) {
      some.push(thread);
      if (some.length < THREADS_AT_ONCE) continue;
      yield* foundAmong(some, person);
      some = [];
    }
    yield* foundAmong(some, person);
  }

  async function* foundAmong(some: readonly Place[], person: Person): AsyncGenerator<PersonThread> {
    const threadId = { $in: some.map(({ _id }) => _id) };
    const isAuthor = { $eq: ['$author.id', person.id] };
    const wrote = await messages.aggregate<Found>([
      { $match: { threadId, $or: [{ 'author.id': person.id }, { 'deniedBy.id': person.id }] } },
      {
        $group: {
          _id: '$threadId',
          ids: { $push: '$_id' },
          names: { $addToSet: { $cond: [isAuthor, '$author.name', '$deniedBy.name'] } },
          hasSpoken: { $max: isAuthor },
        },
      },
    ]);
    const found = new Map(wrote.map((each) => [each._id, each]));
    const decided = await decidedIn(threadId, [person.id, personKey(person)]);
    for (const { _id, origin, peopleOf = null } of some) {
      const decisions = decided.get(_id) ?? { runIds: [], names: [] };
      const each = found.get(_id) ?? { _id, ids: [], names: [], hasSpoken: false };
      if (each.ids.length === 0 && decisions.runIds.length === 0) continue;
      yield await lookAt(each, decisions, personKey(personOf(person, origin ?? peopleOf)));
    }
  }

  async function decidedIn(threadId: { $in: string[] }, ids: string[]): Promise<Map<string, Decided>> {
    const asked = await runs
      .find(
        {
          threadId,
          $or: [{ 'approval.calls.decision.by': { $in: ids } }, { 'approval.calls.by': { $in: ids } }],
        },
        { threadId: 1, approval: 1 },
      )
      .lean();
    const decided = new Map<string, Decided>();
    for (const { _id, threadId: of, approval } of asked) {
      const { runIds, names } = decided.get(of) ?? { runIds: [], names: [] };
      const decisions = (approval?.calls ?? []).flatMap(({ decision }) => decision ?? []);
      const theirs = decisions.filter(({ by }) => ids.includes(by)).map(({ name }) => name);
      decided.set(of, { runIds: [...runIds, _id], names: [...names, ...theirs] });
    }
    return decided;
  }

  async function lookAt(
    { _id: threadId, ids, names, hasSpoken }: Found,
    decided: Decided,
    key: string,
  ): Promise<PersonThread> {
    const others = { $or: [{ endedAt: { $ne: null } }, { _id: { $in: decided.runIds } }] };
    const [theirs, otherRuns, isShared, files] = await Promise.all([
      runs.find({ threadId, triggerMessageIds: { $in: ids } }, { messageIds: 1, endedAt: 1 }).lean(),
      runs.find({ threadId, triggerMessageIds: { $nin: ids }, ...others }, { _id: 1 }).lean(),
      messages.exists({ threadId, role: 'human', redactedAt: null, _id: { $nin: ids } }),
      models.files.countDocuments({ threadId, messageIds: { $in: ids } }),
    ]);
    return {
      threadId,
      key,
      names: [...new Set([...names, ...decided.names])].flatMap((name) => name || []),
      messageIds: ids,
      answerIds: theirs.flatMap(({ messageIds }) => messageIds),
      runs: theirs.map(({ _id: id, endedAt }) => ({ id, hasEnded: endedAt !== null })),
      otherRunIds: otherRuns.map(({ _id }) => _id),
      decisions: decided.names.length,
      files,
      isTheirs: hasSpoken && isShared === null,
    };
  }

  return {
    threadsOf,

    eraseFrom: ({ threadId, key, messageIds, answerIds, runs: theirs }, traces, at) =>
      mapped(async () => {
        const first = await messages.findOne({ threadId }, { _id: 1 }).sort({ seq: 1 }).lean();
        const isTheirStart = first !== null && messageIds.includes(first._id);
        const all = [...messageIds, ...answerIds];
        for (let from = 0; from < all.length; from += MESSAGES_AT_ONCE) {
          const some = all.slice(from, from + MESSAGES_AT_ONCE);
          await connection.transaction((session) => eraseMessages(models, threadId, some, at, session));
        }
        await runs.updateMany(
          { threadId, _id: { $in: theirs.map(({ id }) => id) } },
          { $set: { metadata: {}, route: null, error: null }, $unset: { kwargs: '', approval: '' } },
        );
        // A title is often the first message's beginning.
        if (isTheirStart) await threads.updateOne({ _id: threadId }, { $set: { name: null } });
        await scrubThread(connection, threadId, traces, key);
        // Both may name them where others wrote of them, or where they decided something.
        await blankRecords(models, { threadId });
        await outdateSummary(models, threadId, 0, undefined);
      }),
  };
}
