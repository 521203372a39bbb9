import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiService, startApiService } from '../../fixtures/api-service.ts';

let api: ApiService;
beforeAll(async () => {
  api = await startApiService({ workers: 0 });
});
afterAll(() => api.close());

async function remembered(text: string, subject = `slack:T1:${randomUUID()}`) {
  const { body } = await api.call('POST', '/memories', { body: { subject, text } });
  return { id: String(body.memory_id), subject, at: `/memories?subject=${subject}` };
}

test('facts are shown, corrected and erased one by one', async () => {
  const { id, subject, at } = await remembered('Prefers tea.');
  const other = await remembered('Prefers water.', subject);

  const corrected = await api.call('PATCH', `/memories/${id}`, { body: { text: 'Prefers coffee.' } });
  await api.call('DELETE', `/memories/${other.id}`);
  const shown = await api.call('GET', at);

  expect(corrected.body).toMatchObject({ memory_id: id, subject, text: 'Prefers coffee.', source: null });
  expect(shown.body).toEqual([corrected.body]);
  expect((await api.call('DELETE', `/memories/${other.id}`)).status).toBe(404);
});

test('all facts of a subject are erased at once', async () => {
  const { subject, at } = await remembered('Prefers tea.');
  await remembered('Works at night.', subject);

  expect((await api.call('DELETE', at)).body).toEqual({ erased: 2 });
  expect((await api.call('GET', at)).body).toEqual([]);
});

test('a fact that is there is answered as it is, and two facts are not made one by a correction', async () => {
  const { id, subject } = await remembered('Prefers tea.');
  const other = await remembered('Prefers water.', subject);

  const again = await api.call('POST', '/memories', { body: { subject, text: 'prefers TEA' } });
  const clash = await api.call('PATCH', `/memories/${other.id}`, { body: { text: 'Prefers tea' } });

  expect([again.status, again.body.memory_id]).toEqual([200, id]);
  expect([clash.status, clash.body.error.code]).toEqual([409, 'conflict']);
});

test('a subject that is none is refused with what one looks like', async () => {
  for (const subject of ['Ada', 'slack:T1', 'team:slack', 'team:api:x']) {
    const { status, body } = await api.call('GET', `/memories?subject=${subject}`);
    expect([status, body.error.details.field], subject).toEqual([422, 'subject']);
    expect(body.error.message).toContain('slack:TEAM:USER');
  }
});
