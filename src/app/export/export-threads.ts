import type { MessageStore, ThreadDirectory } from '../../core/ports.ts';
import type { Message } from '../../core/messages/message.ts';
import type { Thread } from '../../core/threads/thread.ts';
import { authorsOf, createMasking, type Masking } from './person-names.ts';
import { toExample } from './to-example.ts';

/** Threads that are looked up at once. */
const THREADS_AT_ONCE = 100;
/** Messages of a thread that are held at once; longer threads become several examples. */
const MESSAGES_AT_ONCE = 500;

export type ExportParts = {
  directory: Pick<ThreadDirectory, 'page'>;
  messages: Pick<MessageStore, 'between'>;
  /** Of an assistant; empty for one that is not configured any more. */
  instructionsOf: (assistantId: string) => string;
};

/**
 * The threads of a project as lines of JSON, newest first, one at a time: memory grows with their people alone. To mask
 * those, all threads are read once before the first line: a name may be said in one and its person write in another.
 */
export async function* exportThreads(
  projectId: string,
  { withPeople }: { withPeople: boolean },
  parts: ExportParts,
): AsyncGenerator<string> {
  const masking = createMasking(withPeople);
  if (!withPeople) await meetPeople(projectId, masking, parts);
  for await (const thread of threadsOf(projectId, parts)) {
    for await (const messages of piecesOf(thread, parts)) {
      // Whoever has come since.
      masking.meet(authorsOf(messages));
      const example = toExample(messages, parts.instructionsOf(thread.assistantId), masking);
      if (example !== null) yield `${JSON.stringify(example)}\n`;
    }
  }
}

async function meetPeople(projectId: string, masking: Masking, parts: ExportParts): Promise<void> {
  for await (const thread of threadsOf(projectId, parts)) {
    for await (const messages of piecesOf(thread, parts)) masking.meet(authorsOf(messages));
  }
}

async function* threadsOf(projectId: string, { directory }: ExportParts): AsyncGenerator<Thread> {
  let after: { updatedAt: Date; id: string } | null = null;
  for (;;) {
    const page: Thread[] = await directory.page({ projectId }, after, THREADS_AT_ONCE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < THREADS_AT_ONCE) return;
    after = { updatedAt: last.updatedAt, id: last.id };
  }
}

async function* piecesOf({ id, lastSeq }: Thread, { messages }: ExportParts): AsyncGenerator<Message[]> {
  for (let after = 0; after < lastSeq; after += MESSAGES_AT_ONCE) {
    const piece = await messages.between(id, after, after + MESSAGES_AT_ONCE);
    if (piece.length > 0) yield piece;
  }
}
