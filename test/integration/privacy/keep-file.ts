import { randomUUID } from 'node:crypto';
import type { Stores } from '../../../src/store/index.ts';

/** Keeps a file that the thread's first message shows, with the words as name, text and bytes. */
export async function keepFile(
  stores: Stores,
  threadId: string,
  words: string,
  createdAt = new Date(),
): Promise<void> {
  const [message] = await stores.messages.between(threadId, 0, 1);
  const kept = await stores.files.save(
    {
      id: randomUUID(),
      threadId,
      projectId: 'default',
      attachmentId: randomUUID(),
      messageIds: [message?.id ?? ''],
      runId: randomUUID(),
      name: `${words}.txt`,
      mediaType: 'text/plain',
      sizeBytes: words.length,
      status: 'text',
      problem: null,
      tries: 0,
      summary: words,
      characters: words.length,
      createdAt,
    },
    { bytes: Buffer.from(words), text: words },
  );
  if (kept !== 'saved') throw new Error(kept);
}
