import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ThreadFile } from '../../../src/core/files/thread-file.ts';
import { createStores, type Database, openDatabase, type Stores } from '../../../src/store/index.ts';
import { admitted, newThread, outcome, runOn, says } from '../../fixtures/admissions.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { incoming } from '../../fixtures/run-engine.ts';
import { testDatabase } from '../../fixtures/stores.ts';

let database: Database;
let stores: Stores;
beforeAll(async () => {
  database = await openDatabase({ uri: testDatabase() });
  stores = createStores(database);
});
afterAll(() => database.close());

const projectId = 'default';
const at = (seconds: number) => new Date(1_700_000_000_000 + seconds * 1_000);

/** Ends the thread's next run so. */
async function end(threadId: string, overrides: Parameters<typeof outcome>[1] = {}): Promise<void> {
  const claim = await stores.runs.claimNext(threadId, 'w', new Date(), new Date(0));
  if (claim.kind !== 'claimed') throw new Error(claim.kind);
  const lease = { threadId, runId: claim.run.id, fence: claim.run.fence };
  await stores.runs.settle(lease, outcome([], overrides));
}

test('a copy has the messages, their history and the state under new ids, and neither origin nor runs', async () => {
  const source = newThread({
    projectId,
    name: 'Origin',
    metadata: { plan: 'gold' },
    origin: incoming().origin,
    deleteAt: at(9_999),
  });
  const { messageId } = await admitted(
    stores.inbox,
    runOn(source, [says('one', { sourceId: 'api:1' }), says('two')]),
  );
  await end(source.id, { messages: [says('answer', { role: 'ai' })] });
  await stores.messages.revise(source.id, messageId, 'one, edited', at(2));
  const values = { stage: 'paid' };
  await stores.state.update(source.id, { messages: [], removed: [], values, asNode: 'desk' }, at(3));
  await admitted(stores.inbox, runOn(source, [says('three')]));

  const ids = { threadId: randomUUID(), newId: randomUUID, newFileId: randomUUID };
  const copy = await stores.directory.copy(projectId, source.id, ids, at(8));
  expect(copy).toMatchObject({
    id: ids.threadId,
    projectId,
    name: 'Origin',
    metadata: { plan: 'gold' },
    origin: null,
    values,
    lastSeq: 6,
    openRuns: 0,
    lastEnd: 'idle',
    deleteAt: null,
    createdAt: at(8),
  });
  expect(await stores.directory.find(projectId, ids.threadId)).toEqual(copy);
  const tail = async (threadId: string) => stores.messages.tail(threadId, 100);
  const [before, after] = [await tail(source.id), await tail(ids.threadId)];
  const facts = (messages: typeof before) =>
    messages.map(({ seq, role, text, sourceId, revisions }) => ({ seq, role, text, sourceId, revisions }));
  expect(facts(after)).toEqual(facts(before));
  expect(after.every(({ runId }) => runId === null)).toBe(true);
  expect(new Set([...before, ...after].map(({ id }) => id)).size).toBe(before.length * 2);
  const marks = await stores.state.checkpoints(ids.threadId, 100, 100);
  expect(marks.map(({ threadId, seq, source: by }) => ({ threadId, seq, by }))).toEqual([
    { threadId: ids.threadId, seq: 5, by: 'update' },
    { threadId: ids.threadId, seq: 4, by: 'edit' },
  ]);
  expect(await stores.runs.listByThread(ids.threadId, 10)).toEqual([]);
  // A repetition finds what the first try made, and both go on apart.
  expect(await stores.directory.copy(projectId, source.id, ids, at(9))).toEqual(copy);
  await stores.threads.delete(source.id);
  expect(await tail(ids.threadId)).toHaveLength(4);
});

test('a copy of a long thread is whole', async () => {
  const thread = newThread();
  for (let batch = 0; batch < 12; batch += 1) {
    const messages = Array.from({ length: 100 }, (_, index) => says(`${batch * 100 + index}`));
    await stores.inbox.admit({ thread, messages, plan: () => ({ kind: 'message_only' }) });
  }
  const ids = { threadId: randomUUID(), newId: randomUUID, newFileId: randomUUID };
  await stores.directory.copy(projectId, thread.id, ids, at(1));
  const texts = (await stores.messages.tail(ids.threadId, 2_000)).map(({ text }) => text);
  expect(texts).toEqual(Array.from({ length: 1_200 }, (_, index) => `${index}`));
});

/** Larger than two chunks of GridFS. */
const BYTES = Buffer.alloc(600_000, 'bytes');

/** A thread of two messages; the first shows a file of the given text. */
async function threadWithFile(text: string, createdAt = at(1)) {
  const source = newThread({ projectId, origin: incoming().origin });
  const { messageId } = await admitted(stores.inbox, runOn(source, [says('see'), says('well?')]));
  await end(source.id);
  const file: ThreadFile = {
    id: randomUUID(),
    threadId: source.id,
    projectId,
    attachmentId: 'F1',
    messageIds: [messageId],
    runId: randomUUID(),
    name: 'bill.pdf',
    mediaType: 'application/pdf',
    sizeBytes: BYTES.length,
    status: 'text',
    problem: null,
    tries: 0,
    summary: text,
    characters: text.length,
    createdAt,
  };
  expect(await stores.files.save(file, { bytes: BYTES, text })).toBe('saved');
  return { threadId: source.id, messageId, file };
}

async function copyOf(threadId: string, ids = copyIds()) {
  await stores.directory.copy(projectId, threadId, ids, at(8));
  const [file] = await stores.files.list(ids.threadId);
  const [message] = await stores.messages.tail(ids.threadId, 2);
  return { threadId: ids.threadId, file, messageId: message?.id };
}

function copyIds() {
  return { threadId: randomUUID(), newId: randomUUID, newFileId: randomUUID };
}

/** What is kept of a thread's files: entries, contents, and their chunks. */
async function keptOf(threadId: string) {
  const { connection } = database;
  const contents = await connection
    .collection('file_contents.files')
    .find({ 'metadata.threadId': threadId })
    .toArray();
  const ids = contents.map(({ _id }) => _id);
  const chunks = await connection
    .collection('file_contents.chunks')
    .countDocuments({ files_id: { $in: ids } });
  return [await database.models.files.countDocuments({ threadId }), ids.length, chunks];
}

const contentsOf = async ({ threadId, file }: { threadId: string; file: ThreadFile | undefined }) => [
  await stores.files.bytes(threadId, file?.id ?? ''),
  await stores.files.text(threadId, file?.id ?? ''),
];

test('a copy has the files, as old as they were, with the messages that show them', async () => {
  const source = await threadWithFile('due in May');
  const copy = await copyOf(source.threadId);
  expect(copy.messageId).not.toBe(source.messageId);
  expect(copy.file).toEqual({
    ...source.file,
    id: expect.not.stringMatching(source.file.id),
    threadId: copy.threadId,
    messageIds: [copy.messageId],
  });
  expect(await contentsOf(copy)).toEqual([BYTES, 'due in May']);
  expect(await contentsOf({ threadId: copy.threadId, file: source.file })).toEqual([null, null]);
});

test.each([
  ['the thread goes', (id: string) => stores.threads.delete(id)],
  [
    'its message goes',
    async (id: string) =>
      stores.messages.redact(
        id,
        (await stores.messages.tail(id, 9)).map((each) => each.id),
        at(9),
      ),
  ],
])('a file goes when %s, and leaves the other of original and copy as it is', async (_when, remove) => {
  for (const gone of ['original', 'copy']) {
    const original = await threadWithFile('due in May');
    const copy = await copyOf(original.threadId);
    const [goes, stays] = gone === 'original' ? [original, copy] : [copy, original];
    await remove(goes.threadId);
    expect(await keptOf(goes.threadId)).toEqual([0, 0, 0]);
    expect(await keptOf(stays.threadId)).toEqual([1, 2, 4]);
    expect(await contentsOf(stays)).toEqual([BYTES, 'due in May']);
  }
});

test('what is too old to be kept goes from original and copy', async () => {
  const original = await threadWithFile('due in May', new Date(0));
  const copy = await copyOf(original.threadId);
  const before = new Date(1);
  expect(await stores.files.deleteBefore(projectId, before, 10)).toBe(2);
  for (const { threadId } of [original, copy]) {
    expect(await keptOf(threadId)).toEqual([1, 0, 0]);
    expect(await stores.files.list(threadId)).toMatchObject([{ status: 'removed', name: '', summary: '' }]);
  }
  const again = await copyOf(original.threadId);
  expect(again.file).toMatchObject({ status: 'removed', attachmentId: 'F1' });
});

test('a repetition of the request copies the files that a crash left out, and none twice', async () => {
  const source = await threadWithFile('due in May');
  const ids = copyIds();
  const { threadId } = await copyOf(source.threadId, ids);
  // Killed after the contents, before the entry
  await database.models.files.deleteMany({ threadId });
  const copies = await Promise.all([1, 2, 3].map(() => copyOf(source.threadId, ids)));
  expect(new Set(copies.map(({ file }) => file?.id)).size).toBe(1);
  expect(await keptOf(threadId)).toEqual([1, 4, 8]);
  for (const copy of copies) expect(await contentsOf(copy)).toEqual([BYTES, 'due in May']);
  // What the killed try left goes with the thread
  await stores.threads.delete(threadId);
  expect(await keptOf(threadId)).toEqual([0, 0, 0]);
});

test('a file that goes while it is copied leaves nothing behind', async () => {
  for (let round = 0; round < 16; round += 1) {
    const source = await threadWithFile('due in May');
    const ids = copyIds();
    const isMade = () => stores.directory.find(projectId, ids.threadId);
    const removes = async () => {
      if (round % 2 === 0) return stores.messages.redact(source.threadId, [source.messageId], at(9));
      await eventually(isMade, 'the copy is made', 5_000);
      await stores.threads.delete(ids.threadId);
    };
    await Promise.all([copyOf(source.threadId, ids), removes()]);
    // Whole, or not at all
    expect([0, 4]).toContain((await keptOf(ids.threadId))[2]);
    await stores.threads.delete(ids.threadId);
    await stores.threads.delete(source.threadId);
  }
  expect(await strayChunks()).toBe(0);
});

/** Chunks that nobody finds any more. */
async function strayChunks(): Promise<number> {
  const { connection } = database;
  const ids = (await connection.collection('file_contents.files').find({}).toArray()).map(({ _id }) => _id);
  return connection.collection('file_contents.chunks').countDocuments({ files_id: { $nin: ids } });
}
