import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ToolCall } from '../../../../src/core/messages/message.ts';
import { type ApiService, startApiService } from '../../../fixtures/api-service.ts';
import { REFUND, refundTools } from '../../../fixtures/approval-tools.ts';
import { eventually } from '../../../fixtures/eventually.ts';

let api: ApiService;
let called: ToolCall[] = [];
beforeAll(async () => {
  const toolbox = refundTools([], { by: null, hours: 1 });
  api = await startApiService({
    script: { delayMs: 0, steps: REFUND },
    toolbox: {
      ...toolbox,
      call(call, signal) {
        called.push(call);
        return toolbox.call(call, signal);
      },
    },
  });
});
beforeEach(() => {
  called = [];
});
afterAll(() => api.close());

const CALL = 'call-1-2';

async function ask() {
  const body = { assistant_id: 'support', input: { messages: [{ type: 'human', content: 'pay me back' }] } };
  const thread = await api.call('POST', '/threads', { body: { assistant_id: 'support' } });
  const at = `/threads/${thread.body.thread_id}`;
  const run = await api.call('POST', `${at}/runs`, { body: { ...body, stream_mode: ['updates'] } });
  const waiting = await eventually(async () => {
    const found = await api.call('GET', at);
    return found.body.status === 'interrupted' ? found.body : null;
  }, 'the thread waits');
  const runId: string = run.body.run_id;
  const decide = (approved: boolean, headers: Record<string, string> = {}, call = CALL) =>
    api.call('POST', `${at}/runs/${runId}/approvals/${call}`, { body: { approved }, headers });
  const ended = () => api.call('GET', `${at}/runs/${runId}/join`);
  return { at, runId, waiting, decide, ended };
}

test('a run that waits is pending, and its thread is interrupted and says by what', async () => {
  const { at, runId, waiting, decide, ended } = await ask();
  const interrupt = {
    id: CALL,
    value: {
      type: 'approval',
      tool: 'refund',
      args: { order: 7, amount: 12 },
      approvers: null,
      expires_at: expect.any(String),
    },
  };
  expect(waiting).toMatchObject({ status: 'interrupted', interrupts: { [runId]: [interrupt] } });
  expect((await api.call('GET', `${at}/runs/${runId}`)).body.status).toBe('pending');
  const state = await api.call('GET', `${at}/state`);
  expect(state.body).toMatchObject({ next: ['assistant'], tasks: [{ id: runId, interrupts: [interrupt] }] });
  const search = (status: string) =>
    api.call('POST', '/threads/search', { body: { status, ids: [waiting.thread_id] } });
  expect((await search('interrupted')).body).toHaveLength(1);
  expect((await search('busy')).body).toHaveLength(0);

  expect((await decide(true)).status).toBe(200);
  await ended();
  expect((await api.call('GET', at)).body).toMatchObject({ status: 'idle', interrupts: {} });
  expect((await api.call('GET', `${at}/state`)).body).toMatchObject({ next: [], tasks: [] });
  const { text } = await api.call('GET', `${at}/runs/${runId}/stream`);
  expect(text).toContain('event: updates\ndata: {"__interrupt__":[{"id":"call-1-2"');
});

test('the answer is what comes of the decision', async () => {
  const { decide, ended } = await ask();
  await decide(false);
  const { body } = await ended();
  expect(body.messages.at(-2).content).toMatch(/^"refund" was not called: .* denied it\.$/);
  expect(called.map(({ name }) => name)).toEqual(['look_up']);
});

test('the same decision again changes nothing, another one is refused, and so is one of no call', async () => {
  const { decide, ended } = await ask();
  expect((await decide(true, {}, 'call-9')).status).toBe(404);
  const key = { 'idempotency-key': 'once' };
  const answers = await Promise.all([decide(true, key), decide(true, key), decide(true)]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  await ended();
  expect((await decide(false)).body.error).toMatchObject({
    code: 'conflict',
    message: 'It was approved before, and that stays.',
  });
  expect(called.filter(({ name }) => name === 'refund')).toHaveLength(1);
});

test('a run that was cancelled is decided no more', async () => {
  const { at, runId, decide } = await ask();
  await api.call('POST', `${at}/runs/${runId}/cancel?wait=1`, { body: {} });
  expect((await api.call('GET', at)).body.interrupts).toEqual({});
  expect((await decide(true)).status).toBe(404);
});
