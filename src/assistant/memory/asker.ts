import { type MemorySource, subjectKey } from '../../core/memory/memory.ts';
import type { MessageStore, RunScene } from '../../core/ports.ts';
import { personOf } from '../../core/privacy/person.ts';
import { nameOf } from '../prompt/speakers.ts';

/** The one person whom a run answers, as memories name them. */
export type Asker = {
  projectId: string;
  subject: string;
  team: string | null;
  name: string;
  source: MemorySource;
};

/**
 * Who asks, by the messages that set off the run; never by what a text says. Null where nobody does, a bot, or several people
 * at once: then a fact could be written down for the wrong one.
 */
export async function askerOf(
  messages: Pick<MessageStore, 'find'>,
  { thread, run }: RunScene,
): Promise<Asker | null> {
  const found = await Promise.all(run.triggerMessageIds.map((id) => messages.find(thread.id, id)));
  const asked = found.filter((message) => message !== null && message.role === 'human');
  const last = asked.at(-1);
  if (!last?.author || last.author.isBot === true) return null;
  const { author } = last;
  if (asked.some((message) => message?.author?.id !== author.id)) return null;
  const { origin } = thread;
  return {
    projectId: thread.projectId,
    subject: subjectKey({ kind: 'person', person: personOf(author, origin) }),
    team:
      origin === null ? null : subjectKey({ kind: 'team', platform: origin.platform, tenant: origin.tenant }),
    name: nameOf(author),
    source: { threadId: thread.id, messageId: last.id },
  };
}
