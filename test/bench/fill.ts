import { uuidv7 } from 'uuidv7';
import type { MessageDocument, RunDocument, ThreadDocument } from '../../src/store/documents.ts';
import type { Load } from './load.ts';

const AT_ONCE = 2_500;

/** Puts `count` copies of a finished thread, its messages and its run beside it, each under ids of its own. */
export async function copyThread({ database }: Load, threadId: string, count: number): Promise<void> {
  const { connection, models } = database;
  const { threads, messages, runs } = models;
  const [thread, said, ran] = await Promise.all([
    threads.findById(threadId).lean(),
    messages.find({ threadId }).lean(),
    runs.find({ threadId }).lean(),
  ]);
  if (thread === null) throw new Error('there is no such thread');
  for (let made = 0; made < count; made += AT_ONCE) {
    const ids = Array.from({ length: Math.min(AT_ONCE, count - made) }, () => uuidv7());
    await Promise.all([
      connection.collection<ThreadDocument>('threads').insertMany(ids.map((id) => ({ ...thread, _id: id }))),
      connection
        .collection<MessageDocument>('messages')
        .insertMany(
          ids.flatMap((id) => said.map((message) => ({ ...message, _id: uuidv7(), threadId: id }))),
        ),
      connection
        .collection<RunDocument>('runs')
        .insertMany(ids.flatMap((id) => ran.map((run) => ({ ...run, _id: uuidv7(), threadId: id })))),
    ]);
  }
}

/** Lets a thread grow to `length` messages, all like its first. */
export async function lengthenThread({ database }: Load, threadId: string, length: number): Promise<void> {
  const { threads, messages } = database.models;
  const first = await messages.findOne({ threadId }).lean();
  const thread = await threads.findById(threadId).lean();
  if (first === null || thread === null) throw new Error('there is no such thread');
  const seqs = Array.from({ length: length - thread.lastSeq }, (_, index) => thread.lastSeq + 1 + index);
  await database.connection
    .collection<MessageDocument>('messages')
    .insertMany(seqs.map((seq) => ({ ...first, _id: uuidv7(), seq, sourceId: null })));
  await threads.updateOne({ _id: threadId }, { $set: { lastSeq: length } });
}
