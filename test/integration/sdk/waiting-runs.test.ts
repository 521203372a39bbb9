import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiService, startApiService } from '../../fixtures/api-service.ts';
import { REFUND, refundTools } from '../../fixtures/approval-tools.ts';
import { dataOf, framesOf, gathered, says, sdkClient, textsOf } from './sdk-client.ts';

let api: ApiService;
beforeAll(async () => {
  api = await startApiService({ toolbox: refundTools([]), script: { delayMs: 0, steps: REFUND } });
});
afterAll(() => api.close());

const ASKED = { type: 'approval', tool: 'refund', args: { order: 7, amount: 12 } };

describe('whoever reads a run that comes to wait', () => {
  const streamMode = ['messages-tuple' as const, 'values' as const];
  const waitsFor = [expect.objectContaining({ id: 'call-1-2', value: expect.objectContaining(ASKED) })];

  test('has its stream end there, and gets the rest by the one that resumes it', async () => {
    const { threads, runs } = sdkClient(api);
    const { thread_id: threadId } = await threads.create();
    const input = says('Pay me back');
    const begun = await framesOf(
      runs.stream(threadId, 'support', { input, streamMode, onDisconnect: 'cancel' }),
    );

    expect(dataOf(begun, 'updates')).toEqual([{ __interrupt__: waitsFor }]);
    expect(dataOf(begun, 'values').at(-1)).toMatchObject({ __interrupt__: waitsFor });
    expect(begun.at(-1)).toMatchObject({ event: 'end', data: { status: 'pending' } });
    expect((await threads.get(threadId)).status).toBe('interrupted');

    const rest = await framesOf(runs.stream(threadId, 'support', { command: { resume: true }, streamMode }));

    const { values } = await threads.getState(threadId);
    expect(textsOf(values).slice(-2)).toEqual(['tool: paid back', 'ai: That is all.']);
    expect(gathered(rest)).toEqual(values.messages.slice(1).map(({ id, content }) => [id, content]));
    expect(rest.at(-1)).toMatchObject({ event: 'end', data: { status: 'success' } });
  });

  test('gets the state and what is asked when waiting for it, and when it waits already', async () => {
    const { threads, runs } = sdkClient(api);
    const { thread_id: threadId } = await threads.create();
    const waited = await runs.wait(threadId, 'support', { input: says('Pay me back') });
    const state = {
      messages: [expect.objectContaining({ content: 'Pay me back' })],
      __interrupt__: waitsFor,
    };
    expect(waited).toEqual(state);

    const [{ run_id: runId } = { run_id: '' }] = await runs.list(threadId);
    expect(await runs.join(threadId, runId)).toEqual(state);
    const joined = await framesOf(runs.joinStream(threadId, runId, { streamMode }));
    expect(joined.at(-1)).toMatchObject({ event: 'end', data: { status: 'pending' } });
    const again = await framesOf(
      runs.joinStream(threadId, runId, { streamMode, lastEventId: joined.at(-1)?.id ?? '' }),
    );
    expect(again.map(({ event }) => event)).toEqual(['end']);

    // Where a reader stopped, it goes on
    await runs.create(threadId, 'support', { command: { resume: false } });
    const rest = await framesOf(
      runs.joinStream(threadId, runId, { streamMode, lastEventId: joined.at(-1)?.id ?? '' }),
    );
    const { values } = await threads.getState(threadId);
    expect(gathered(rest)).toEqual(values.messages.slice(1).map(({ id, content }) => [id, content]));
    expect(rest.at(-1)).toMatchObject({ event: 'end', data: { status: 'success' } });
  });

  test('is told so as well when the stream has lost that the run waits', async () => {
    const { threads, runs } = sdkClient(api);
    const { thread_id: threadId } = await threads.create();
    await runs.wait(threadId, 'support', { input: says('Pay me back') });
    const [{ run_id: runId } = { run_id: '' }] = await runs.list(threadId);
    const ref = { threadId, runId };
    const twoHoursOn = new Date(Date.now() + 7_200_000);

    // By this question a reader that hears nothing learns that there is nothing to hear
    expect(await api.stores.runs.underWayAmong([ref], new Date())).toEqual([]);
    expect(await api.stores.runs.underWayAmong([ref], twoHoursOn)).toEqual([runId]);
  });
});
