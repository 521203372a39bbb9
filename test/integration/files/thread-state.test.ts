import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ThreadFile } from '../../../src/core/files/thread-file.ts';
import { type ApiService, startApiService } from '../../fixtures/api-service.ts';
import { incoming } from '../../fixtures/run-engine.ts';

let api: ApiService;
beforeAll(async () => {
  api = await startApiService({ workers: 0 });
});
afterAll(() => api.close());

async function threadWithFile(overrides: Partial<ThreadFile> = {}) {
  const attachment = { id: 'F1', name: 'bill.pdf', mediaType: null, sizeBytes: 12, url: null };
  const sent = await api.ingest.message(incoming({ attachments: [attachment] }));
  if (sent.kind !== 'run') throw new Error(sent.kind);
  const { threadId, runId } = sent;
  const [message] = await api.stores.messages.tail(threadId, 1);
  const file: ThreadFile = {
    id: `file-${threadId}`,
    threadId,
    projectId: 'default',
    attachmentId: 'F1',
    messageIds: [message?.id ?? ''],
    runId,
    name: 'bill.pdf',
    mediaType: 'application/pdf',
    sizeBytes: 12,
    status: 'text',
    problem: null,
    tries: 0,
    summary: 'Due in May.',
    characters: 11,
    createdAt: new Date('2026-11-26T09:30:01.000Z'),
    ...overrides,
  };
  await api.stores.files.save(file, { bytes: new Uint8Array([1]), text: file.summary });
  return file;
}

test('the newest state of a thread tells its files, and nothing of what stands in them', async () => {
  const { id, threadId, messageIds } = await threadWithFile();
  const { body } = await api.call('GET', `/threads/${threadId}/state`);
  expect(body.metadata).toMatchObject({ source: 'input', step: 1 });
  expect(body.metadata.tool_resources).toEqual({
    file_search: {
      files: [
        {
          id,
          name: 'bill.pdf',
          media_type: 'application/pdf',
          size_bytes: 12,
          status: 'text',
          problem: null,
          message_ids: messageIds,
          created_at: '2026-11-26T09:30:01.000Z',
        },
      ],
    },
  });
  expect(body.values).not.toHaveProperty('tool_resources');
});

test('a thread whose files were too old to be kept has none', async () => {
  const { threadId } = await threadWithFile();
  await api.stores.files.deleteBefore('default', new Date(), 100);
  const { body } = await api.call('GET', `/threads/${threadId}/state`);
  expect(body.metadata).toEqual({ source: 'input', step: 1 });
});

test('a thread that a program deletes takes its files along', async () => {
  const { threadId, id } = await threadWithFile();
  expect((await api.call('DELETE', `/threads/${threadId}`)).status).toBe(204);
  expect(await api.stores.files.list(threadId)).toEqual([]);
  expect(await api.stores.files.bytes(threadId, id)).toBeNull();
});

test('a copy of a thread has its files, which stay when the original is deleted', async () => {
  const file = await threadWithFile();
  const copied = await api.call('POST', `/threads/${file.threadId}/copy`);
  const copyId = copied.body.thread_id;
  expect((await api.call('DELETE', `/threads/${file.threadId}`)).status).toBe(204);

  const { body } = await api.call('GET', `/threads/${copyId}/state`);

  const [shown] = body.metadata.tool_resources.file_search.files;
  const [message] = body.values.messages;
  expect(shown).toMatchObject({ name: 'bill.pdf', status: 'text', message_ids: [message.id] });
  expect(shown.id).not.toBe(file.id);
  expect(await api.stores.files.text(copyId, shown.id)).toBe('Due in May.');
});

test('of requests with one Idempotency-Key, at the same time, there is one copy with each file once', async () => {
  const { threadId } = await threadWithFile();
  const headers = { 'idempotency-key': threadId };
  const copies = await Promise.all(
    [1, 2, 3].map(() => api.call('POST', `/threads/${threadId}/copy`, { headers })),
  );
  const [copyId, ...others] = new Set(copies.map(({ body }) => body.thread_id));
  expect(others).toEqual([]);
  expect(await api.stores.files.list(copyId)).toMatchObject([{ name: 'bill.pdf' }]);
});
