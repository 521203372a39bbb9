import type { Person } from '../core/privacy/person.ts';
import { personKey } from '../core/privacy/person.ts';
import type { MessageDocument, ThreadDocument } from './documents.ts';
import type { Models } from './models.ts';

/**
 * Where a person's id is theirs: in one platform's threads and copies of them. In Discord an id is one person everywhere,
 * also in direct messages.
 */
export function placesOf({ platform, tenant }: Person) {
  if (platform === 'api') return {};
  const place = (field: 'origin' | 'peopleOf') => ({
    [`${field}.platform`]: platform,
    ...(platform === 'slack' && tenant !== null ? { [`${field}.tenant`]: tenant } : {}),
  });
  return { $or: [place('origin'), place('peopleOf')] };
}

/** A thread, and where its people are known by their ids. */
export type Place = Pick<ThreadDocument, '_id' | 'origin' | 'peopleOf'>;

/** As a filter of what is kept under `personKey`: in Discord a person has one in each guild. */
export function keysOf(person: Person): string | RegExp {
  if (person.platform !== 'discord') return personKey(person);
  return new RegExp(`^discord:[^:]+:${person.id.replaceAll(/\W/g, String.raw`\$&`)}$`);
}

/** Messages that a person wrote, and results of calls that they denied, which name them. */
export function ofPerson({ id }: Pick<Person, 'id'>) {
  return { $or: [{ 'author.id': id }, { 'deniedBy.id': id }] };
}

/** Messages of a person that are held at once, and erased by one transaction. */
const MESSAGES_AT_ONCE = 200;

/** Some messages of a person, and the runs that answered them. */
type TracesPage = {
  messageIds: string[];
  runs: { _id: string; messageIds: string[]; endedAt: Date | null }[];
};

/** What one thread has of a person, in the order of its messages, a part at a time. A run may be in more than one. */
export async function* tracesIn(
  { messages, runs }: Models,
  threadId: string,
  person: Pick<Person, 'id'>,
): AsyncGenerator<TracesPage> {
  for (let after = -1; ; ) {
    const some: Pick<MessageDocument, '_id' | 'seq'>[] = await messages
      .find({ threadId, seq: { $gt: after }, ...ofPerson(person) }, { seq: 1 })
      .sort({ seq: 1 })
      .limit(MESSAGES_AT_ONCE)
      .lean();
    const last = some.at(-1);
    if (last === undefined) return;
    after = last.seq;
    const messageIds = some.map(({ _id }) => _id);
    const answering = await runs
      .find({ threadId, triggerMessageIds: { $in: messageIds } }, { messageIds: 1, endedAt: 1 })
      .lean();
    yield { messageIds, runs: answering };
  }
}
