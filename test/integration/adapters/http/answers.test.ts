import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { assistant } from '../../../../src/adapters/http/schemas/assistant.ts';
import { threadMessage } from '../../../../src/adapters/http/schemas/message.ts';
import { run } from '../../../../src/adapters/http/schemas/run.ts';
import { threadState, updatedState } from '../../../../src/adapters/http/schemas/state.ts';
import { thread, threadList } from '../../../../src/adapters/http/schemas/thread.ts';
import * as examples from '../../../../src/adapters/http/schemas/examples.ts';
import { type ApiService, startApiService } from '../../../fixtures/api-service.ts';

let api: ApiService;
let path: string;

beforeAll(async () => {
  api = await startApiService();
  const { body } = await api.call('POST', '/threads', {
    body: { name: 'a', metadata: { plan: 'gold' }, ttl: 60 },
  });
  path = `/threads/${body.thread_id}`;
  const messages = [
    { type: 'human', content: 'hello', name: 'Ada' },
    { type: 'ai', content: '', tool_calls: [{ name: 'find', args: { a: 1 } }] },
    { type: 'tool', content: '7', tool_call_id: 'c1' },
  ];
  await api.call('POST', `${path}/runs/wait`, {
    body: { assistant_id: 'support', input: { messages }, metadata: { a: 1 }, config: { tags: ['x'] } },
  });
});

afterAll(() => api.close());

/** Neither lacks a field of its schema nor has one that is not in it. */
function expectAsDeclared(schema: z.ZodType, value: unknown): void {
  expect(schema.parse(value)).toEqual(value);
}

describe('what is answered is what the document says', () => {
  test.each<[method: string, path: string, schema: z.ZodType, body?: unknown]>([
    ['GET', '', thread],
    ['PATCH', '', thread, { name: 'b' }],
    ['POST', '/copy', thread],
    ['GET', '/state', threadState],
    ['GET', '/state/1', threadState],
    ['POST', '/state', updatedState, { values: { mood: 'calm' } }],
    ['GET', '/history', z.array(threadState)],
    ['POST', '/history', z.array(threadState), { values: false }],
    ['GET', '/messages', z.object({ messages: z.array(threadMessage), next_after_seq: z.null() })],
    ['GET', '/runs', z.array(run)],
  ])('%s /threads/{thread_id}%s', async (method, rest, schema, body) => {
    const answer = await api.call(method, `${path}${rest}`, body === undefined ? {} : { body });

    expect(answer.status).toBe(200);
    expectAsDeclared(schema, answer.body);
  });

  test('lists and assistants', async () => {
    expectAsDeclared(threadList, (await api.call('GET', '/threads')).body);
    expectAsDeclared(z.array(thread), (await api.call('POST', '/threads/search')).body);
    expectAsDeclared(z.array(assistant), (await api.call('POST', '/assistants/search')).body);
    expectAsDeclared(assistant, (await api.call('GET', '/assistants/support')).body);
  });
});

test('the examples of the document are of the form that it says', () => {
  expectAsDeclared(thread, examples.thread);
  expectAsDeclared(threadMessage, examples.threadMessage);
  expectAsDeclared(threadState, examples.threadState);
  expectAsDeclared(run, examples.run);
  expectAsDeclared(assistant, examples.assistant);
});
