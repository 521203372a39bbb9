import type { Connection } from 'mongoose';
import type { Approval } from '../core/approval/approval.ts';
import type { PersonTraces } from '../core/ports.ts';
import { forgetDecider } from '../core/privacy/forget-decider.ts';
import { scrub } from '../core/privacy/scrub.ts';

/** What may name a person, by collection. */
const SCRUBBED: Readonly<Record<string, readonly string[]>> = {
  threads: ['name', 'metadata', 'values', 'asks'],
  messages: ['text', 'revisions', 'toolCalls', 'attachments'],
  checkpoints: ['values', 'asNode'],
  runs: ['metadata', 'kwargs', 'route', 'error', 'approval'],
};

/** A document that changes each time is left to the next erasure. */
const MOST_TRIES = 5;

type Scrubbed = { _id: string; threadId?: string; approval?: Approval | null } & { [field: string]: unknown };
type Change = { field: string; held: unknown; left: unknown };

/** Takes a person's id and names out of all that a thread holds. `key` is the person as `personKey` writes them there. */
export async function scrubThread(
  connection: Connection,
  threadId: string,
  traces: PersonTraces,
  key: string,
): Promise<void> {
  for (const [name, fields] of Object.entries(SCRUBBED)) {
    const ofThread = name === 'threads' ? { _id: threadId } : { threadId };
    const collection = connection.collection<Scrubbed>(name);
    for await (const document of collection.find(ofThread)) {
      const place = { ...ofThread, _id: document._id };
      let read: Scrubbed | null = document;
      for (let tries = 1; read !== null && tries <= MOST_TRIES; tries += 1) {
        const changes = changesOf(read, fields, traces, key);
        if (changes.length === 0) break;
        // Only as it was read: a decision, or a change of the state, at the same moment must not be lost.
        const asRead = changes.map(({ field, held }) => [field, { $eq: held }]);
        const cleaned = changes.map(({ field, left }) => [field, left]);
        const { matchedCount } = await collection.updateOne(
          { ...place, ...Object.fromEntries(asRead) },
          { $set: Object.fromEntries(cleaned) },
        );
        if (matchedCount === 1) break;
        read = await collection.findOne(place);
      }
    }
  }
}

function changesOf(
  document: Scrubbed,
  fields: readonly string[],
  traces: PersonTraces,
  key: string,
): Change[] {
  const { approval } = document;
  const known = approval ? { ...document, approval: forgetDecider(approval, [traces.id, key]) } : document;
  return fields.flatMap((field) => {
    const held = document[field];
    const left = scrub(known[field], traces);
    return left === held ? [] : [{ field, held, left }];
  });
}
