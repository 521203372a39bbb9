import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ThreadFile } from '../../../src/core/files/thread-file.ts';
import { incoming } from '../../fixtures/run-engine.ts';
import { type Door, newPlace, openDoor, runOf } from '../ingest/door.ts';

let door: Door;
beforeEach(async () => {
  door = await openDoor(newPlace());
});
afterEach(() => door.close());

const BYTES = new Uint8Array(600_000).fill(7);
const CONTENT = { bytes: BYTES, text: 'Täglich 8–17 Uhr.' };

async function message(thread: string = randomUUID()) {
  const origin = { platform: 'slack', tenant: 'T1', channel: 'C1', thread } as const;
  const sent = incoming({ origin });
  const { threadId, runId } = await runOf(door.ingest, sent);
  const found = await door.stores.messages.findBySource(threadId, sent.sourceId);
  if (found === null) throw new Error('no message');
  return { threadId, runId, messageId: found.id, thread };
}

function fileOf(
  { threadId, messageId, runId }: Awaited<ReturnType<typeof message>>,
  overrides: Partial<ThreadFile> = {},
): ThreadFile {
  return {
    id: randomUUID(),
    threadId,
    projectId: 'default',
    attachmentId: 'F1',
    messageIds: [messageId],
    runId,
    name: 'hours.txt',
    mediaType: 'text/plain',
    sizeBytes: BYTES.length,
    status: 'text',
    problem: null,
    tries: 0,
    summary: 'Täglich',
    characters: 17,
    createdAt: new Date(),
    ...overrides,
  };
}

async function left() {
  const { connection } = door.database;
  const names = ['files', 'file_contents.files', 'file_contents.chunks'];
  return Promise.all(names.map((name) => connection.collection(name).countDocuments()));
}

test('a file is kept with its bytes and its text', async () => {
  const file = fileOf(await message());
  expect(await door.stores.files.save(file, CONTENT)).toBe('saved');
  expect(await door.stores.files.list(file.threadId)).toEqual([file]);
  expect(await door.stores.files.bytes(file.threadId, file.id)).toEqual(Buffer.from(BYTES));
  expect(await door.stores.files.text(file.threadId, file.id)).toBe(CONTENT.text);
  expect(await left()).toEqual([1, 2, 4]);
});

test('an attachment is kept once a thread, whoever comes second', async () => {
  const sent = await message();
  const files = Array.from({ length: 5 }, () => fileOf(sent));
  const saved = await Promise.all(files.map((file) => door.stores.files.save(file, CONTENT)));
  expect(saved.toSorted()).toEqual(['known', 'known', 'known', 'known', 'saved']);
  expect(await left()).toEqual([1, 2, 4]);
});

test('what could not be fetched gives way to what could', async () => {
  const sent = await message();
  const failed = fileOf(sent, { status: 'failed', problem: 'away', tries: 1 });
  await door.stores.files.save(failed, { bytes: null, text: null });
  expect(await door.stores.files.save(fileOf(sent), CONTENT)).toBe('saved');
  expect((await door.stores.files.list(sent.threadId)).map(({ status }) => status)).toEqual(['text']);
});

test('a file goes with the last message that shows it', async () => {
  const first = await message();
  const second = await message(first.thread);
  const file = fileOf(first);
  await door.stores.files.save(file, CONTENT);
  await door.stores.files.show(file.threadId, 'F1', [second.messageId]);
  await door.stores.messages.redact(file.threadId, [first.messageId], new Date());
  expect(await left()).toEqual([1, 2, 4]);
  await door.stores.messages.redact(file.threadId, [second.messageId], new Date());
  expect(await left()).toEqual([0, 0, 0]);
});

test('a message that is erased while a run notes its files holds none of them', async () => {
  const first = await message();
  const second = await message(first.thread);
  const erased = await message(first.thread);
  await door.stores.messages.redact(erased.threadId, [erased.messageId], new Date());

  // As a run does that read the thread before
  const messageIds = [first.messageId, second.messageId, erased.messageId];
  await door.stores.files.save(fileOf(first, { messageIds }), CONTENT);
  await door.stores.files.save(fileOf(first, { attachmentId: 'F2' }), CONTENT);
  await door.stores.files.show(first.threadId, 'F2', messageIds);

  const files = await door.stores.files.list(first.threadId);
  expect(files.map((file) => file.messageIds.toSorted())).toEqual(
    [1, 2].map(() => [first.messageId, second.messageId].toSorted()),
  );
  await door.stores.messages.redact(first.threadId, [first.messageId, second.messageId], new Date());
  expect(await left()).toEqual([0, 0, 0]);
});

test('a deleted thread leaves nothing of its files, entries and chunks of GridFS included', async () => {
  const sent = await message();
  await door.stores.files.save(fileOf(sent), CONTENT);
  const other = fileOf(await message());
  await door.stores.files.save(other, CONTENT);
  await door.stores.threads.delete(sent.threadId);
  expect(await left()).toEqual([1, 2, 4]);
  expect(await door.stores.files.text(other.threadId, other.id)).toBe(CONTENT.text);
});

test('a file that is kept while its thread or message goes is gone too', async () => {
  for (let round = 0; round < 10; round += 1) {
    const sent = await message();
    const remove =
      round % 2 === 0
        ? () => door.stores.threads.delete(sent.threadId)
        : () => door.stores.messages.redact(sent.threadId, [sent.messageId], new Date());
    await Promise.all([door.stores.files.save(fileOf(sent), CONTENT), remove()]);
    expect(await left()).toEqual([0, 0, 0]);
    expect(await door.stores.files.save(fileOf(sent), CONTENT)).toBe('gone');
    expect(await left()).toEqual([0, 0, 0]);
  }
});

test('of a file that was too old to be kept only its attachment is known', async () => {
  const sent = await message();
  const old = fileOf(sent, { createdAt: new Date(Date.now() - 60_000) });
  await door.stores.files.save(old, CONTENT);
  await door.stores.files.save(fileOf(sent, { attachmentId: 'F2' }), CONTENT);
  const before = new Date(Date.now() - 30_000);
  expect(await door.stores.files.deleteBefore('other', before, 10)).toBe(0);
  expect(await door.stores.files.deleteBefore('default', before, 10)).toBe(1);
  expect(await door.stores.files.deleteBefore('default', before, 10)).toBe(0);
  const [removed, kept] = await door.stores.files.list(sent.threadId);
  expect(removed).toMatchObject({ attachmentId: 'F1', status: 'removed', name: '', summary: '' });
  expect(kept).toMatchObject({ attachmentId: 'F2', status: 'text' });
  expect(await left()).toEqual([2, 2, 4]);
});
