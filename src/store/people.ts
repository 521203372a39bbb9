import type { PersonThread, PersonThreadStore, PersonTraces } from '../core/ports.ts';
import { type Person, personKey, personOf } from '../core/privacy/person.ts';
import { scrub } from '../core/privacy/scrub.ts';
import type { Database } from './database.ts';
import type { ThreadDocument } from './documents.ts';
import { eraseMessages } from './erased-messages.ts';
import { mapped } from './foreign-errors.ts';
import { outdateSummary } from './outdate-summary.ts';

/** Threads that are looked through with one query. */
const THREADS_AT_ONCE = 100;
/** Messages that one transaction erases. */
const MESSAGES_AT_ONCE = 200;

/** What may name a person, by collection. */
const SCRUBBED: Readonly<Record<string, readonly string[]>> = {
  threads: ['name', 'metadata', 'values', 'asks'],
  messages: ['text', 'revisions', 'toolCalls', 'attachments'],
  checkpoints: ['values', 'asNode'],
  runs: ['metadata', 'kwargs', 'route', 'error', 'approval'],
};

/** Who a person is in one platform's threads. In Discord an id is one person everywhere, also in direct messages. */
function placesOf({ platform, tenant }: Person): Record<string, string> {
  if (platform === 'api') return {};
  return {
    'origin.platform': platform,
    ...(platform === 'slack' && tenant !== null ? { 'origin.tenant': tenant } : {}),
  };
}

type Found = { _id: string; ids: string[]; names: (string | null)[] };

export function createPersonThreadStore({ connection, models }: Database): PersonThreadStore {
  const { messages, runs, threads } = models;

  async function* threadsOf(projectId: string, person: Person): AsyncGenerator<PersonThread> {
    const cursor = connection
      .collection<ThreadDocument>('threads')
      .find({ projectId, ...placesOf(person) }, { projection: { origin: 1 }, batchSize: THREADS_AT_ONCE });
    let some: Pick<ThreadDocument, '_id' | 'origin'>[] = [];
    for await (const thread of cursor) {
      some.push(thread);
      if (some.length < THREADS_AT_ONCE) continue;
      yield* foundAmong(some, person);
      some = [];
    }
    yield* foundAmong(some, person);
  }

  async function* foundAmong(
    some: readonly Pick<ThreadDocument, '_id' | 'origin'>[],
    person: Person,
  ): AsyncGenerator<PersonThread> {
    const threadId = { $in: some.map(({ _id }) => _id) };
    const wrote = await messages.aggregate<Found>([
      { $match: { threadId, 'author.id': person.id } },
      { $group: { _id: '$threadId', ids: { $push: '$_id' }, names: { $addToSet: '$author.name' } } },
    ]);
    const decided = await runs.distinct('threadId', {
      threadId,
      'approval.calls.decision.by': { $in: [person.id, personKey(person)] },
    });
    const found = new Map(wrote.map((each) => [each._id, each]));
    for (const { _id, origin } of some) {
      const each = found.get(_id) ?? { _id, ids: [], names: [] };
      if (each.ids.length === 0 && !decided.includes(_id)) continue;
      yield await lookAt(each, personKey(personOf(person, origin)));
    }
  }

  async function lookAt({ _id: threadId, ids, names }: Found, key: string): Promise<PersonThread> {
    const [theirs, others, isShared, files] = await Promise.all([
      runs.find({ threadId, triggerMessageIds: { $in: ids } }, { messageIds: 1, endedAt: 1 }).lean(),
      runs.find({ threadId, triggerMessageIds: { $nin: ids }, endedAt: { $ne: null } }, { _id: 1 }).lean(),
      messages.exists({ threadId, role: 'human', redactedAt: null, _id: { $nin: ids } }),
      models.files.countDocuments({ threadId, messageIds: { $in: ids } }),
    ]);
    return {
      threadId,
      key,
      names: names.flatMap((name) => (name === null || name === '' ? [] : [name])),
      messageIds: ids,
      answerIds: theirs.flatMap(({ messageIds }) => messageIds),
      runs: theirs.map(({ _id: id, endedAt }) => ({ id, hasEnded: endedAt !== null })),
      otherRunIds: others.map(({ _id }) => _id),
      files,
      isTheirs: ids.length > 0 && isShared === null,
    };
  }

  async function scrubThread(threadId: string, traces: PersonTraces): Promise<void> {
    for (const [name, fields] of Object.entries(SCRUBBED)) {
      const ofThread = name === 'threads' ? { _id: threadId } : { threadId };
      const collection = connection.collection<{ _id: string; threadId?: string }>(name);
      for await (const document of collection.find(ofThread)) {
        const changed = Object.entries(document).flatMap(([field, held]) => {
          const left = fields.includes(field) ? scrub(held, traces) : held;
          return left === held ? [] : [[field, left] as const];
        });
        if (changed.length === 0) continue;
        await collection.updateOne({ ...ofThread, _id: document._id }, { $set: Object.fromEntries(changed) });
      }
    }
  }

  return {
    threadsOf,

    eraseFrom: ({ threadId, messageIds, answerIds, runs: theirs }, traces, at) =>
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
        await scrubThread(threadId, traces);
        // It may name them where others wrote of them.
        await outdateSummary(models, threadId, 0, undefined);
      }),
  };
}
