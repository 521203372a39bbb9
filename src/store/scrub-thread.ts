import type { Connection } from 'mongoose';
import type { Approval } from '../core/approval/approval.ts';
import type { PersonTraces } from '../core/ports.ts';
import { forgetDecider } from '../core/privacy/forget-decider.ts';
import { scrub } from '../core/privacy/scrub.ts';

/** What may name a person, by collection; `free` is what programs made up, whose keys may name them too. */
const SCRUBBED: Readonly<Record<string, Readonly<Record<string, 'free' | 'ours'>>>> = {
  threads: { name: 'ours', metadata: 'free', values: 'free', asks: 'ours' },
  messages: { text: 'ours', revisions: 'ours', toolCalls: 'ours', attachments: 'ours' },
  checkpoints: { values: 'free', asNode: 'ours' },
  runs: { metadata: 'free', kwargs: 'free', route: 'ours', error: 'ours' },
};

/** A document that changes each time is left to the next erasure. */
const MOST_TRIES = 5;

type Scrubbed = { _id: string; threadId?: string; approval?: Approval | null } & { [field: string]: unknown };
type Change = { field: string; held: unknown; left: unknown };
type ChangesOf = (document: Scrubbed) => Change[];

/**
 * Takes a person's id and names out of all that a thread holds but what people decided. Answers how many documents were
 * changed.
 */
export async function scrubThread(
  connection: Connection,
  threadId: string,
  traces: PersonTraces,
): Promise<number> {
  let changed = 0;
  for (const [collection, fields] of Object.entries(SCRUBBED)) {
    changed += await scrubAll(connection, collection, threadId, (document) =>
      Object.entries(fields).flatMap(([field, kind]) => {
        const held = document[field];
        const left = scrub(held, traces, kind === 'free');
        return left === held ? [] : [{ field, held, left }];
      }),
    );
  }
  return changed;
}

/**
 * Takes a person out of what people decided in a thread, but for runs that are being executed: their attempts know it by
 * heart, and may write it again. `key` is the person as `personKey` writes them there.
 */
export async function scrubDecisions(
  connection: Connection,
  threadId: string,
  { traces, key, lives }: { traces: PersonTraces; key: string; lives: Date },
): Promise<void> {
  const waits = { $or: [{ status: { $ne: 'running' } }, { heartbeatAt: { $not: { $gte: lives } } }] };
  await scrubAll(
    connection,
    'runs',
    threadId,
    ({ approval: held }) => {
      if (!held) return [];
      const left = scrub(forgetDecider(held, [traces.id, key]), traces);
      return left === held ? [] : [{ field: 'approval', held, left }];
    },
    waits,
  );
}

async function scrubAll(
  connection: Connection,
  name: string,
  threadId: string,
  changesOf: ChangesOf,
  only: Record<string, unknown> = {},
): Promise<number> {
  const ofThread = name === 'threads' ? { _id: threadId } : { threadId };
  const collection = connection.collection<Scrubbed>(name);
  let changed = 0;
  for await (const document of collection.find({ ...ofThread, ...only })) {
    const place = { ...ofThread, _id: document._id, ...only };
    let read: Scrubbed | null = document;
    for (let tries = 1; read !== null && tries <= MOST_TRIES; tries += 1) {
      const changes = changesOf(read);
      if (changes.length === 0) break;
      // Only as it was read: an erasure, a decision, or a change of the state at the same moment must not be lost.
      const asRead = changes.map(({ field, held }): [string, unknown] => [field, { $eq: held }]);
      const cleaned = changes.map(({ field, left }): [string, unknown] => [field, left]);
      const filter: Record<string, unknown> = { ...place, ...Object.fromEntries(asRead) };
      const set: Record<string, unknown> = Object.fromEntries(cleaned);
      const { matchedCount } = await collection.updateOne(filter, { $set: set });
      changed += matchedCount;
      if (matchedCount === 1) break;
      read = await collection.findOne(place);
    }
  }
  return changed;
}
