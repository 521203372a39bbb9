import { afterAll, afterEach, beforeAll } from 'vitest';
import { ThreadrelayError } from '../../../../src/core/errors.ts';
import type { ToolCall } from '../../../../src/core/messages/message.ts';
import { type ApiService, startApiService } from '../../../fixtures/api-service.ts';
import { REFUND_AND_AGAIN, refundTools } from '../../../fixtures/approval-tools.ts';
import { eventually } from '../../../fixtures/eventually.ts';

/** The calls that a run asks for, one after the other. */
export const FIRST = 'call-1-2';
export const SECOND = 'call-2-2';

/** An API whose runs ask to pay back, and again when that is decided; of one file of tests. */
export function openAskingApi() {
  let service: ApiService;
  let called: ToolCall[] = [];
  let losesAnswers = false;

  beforeAll(async () => {
    const toolbox = refundTools([]);
    service = await startApiService({
      script: { delayMs: 0, steps: REFUND_AND_AGAIN },
      assistants: ['support', 'other'],
      toolbox: {
        ...toolbox,
        call(call, signal) {
          called.push(call);
          return toolbox.call(call, signal);
        },
      },
      parts: ({ idempotency }) => ({
        idempotency: {
          ...idempotency,
          // A claim that was never answered is anybody's at once.
          claim: (request, seed, now) => idempotency.claim(request, seed, now, new Date(now.getTime() + 1)),
          async keep(request, answer) {
            if (!losesAnswers) return idempotency.keep(request, answer);
            throw new ThreadrelayError('store_unavailable', 'The answer was lost.', { certain: false });
          },
        },
      }),
    });
  });
  afterEach(() => {
    called = [];
  });
  afterAll(() => service.close());

  /** A thread with a run that waits for FIRST; when that is decided it will ask for SECOND. */
  async function asked() {
    const { call, stores } = service;
    const thread = await call('POST', '/threads', { body: { assistant_id: 'support' } });
    const threadId: string = thread.body.thread_id;
    const at = `/threads/${threadId}`;
    const input = { messages: [{ type: 'human', content: 'pay me back' }] };
    const run = await call('POST', `${at}/runs`, { body: { assistant_id: 'support', input } });
    const runId: string = run.body.run_id;
    const waiting = async (): Promise<string[]> =>
      ((await call('GET', at)).body.interrupts[runId] ?? []).map(({ id }: { id: string }) => id);
    const until = (id: string) =>
      eventually(async () => ((await waiting()).includes(id) ? true : null), `it waits for ${id}`);
    await until(FIRST);
    return {
      at,
      threadId,
      runId,
      waiting,
      until,
      resume: (resume: unknown, headers: Record<string, string> = {}) =>
        call('POST', `${at}/runs`, { body: { assistant_id: 'support', command: { resume } }, headers }),
      /** Of each call whether it was approved; null for one that is not decided. */
      decisions: async () =>
        (await stores.runs.find({ threadId, runId }))?.approval?.calls.map(
          ({ decision }) => decision?.approved ?? null,
        ),
    };
  }

  return {
    api: () => service,
    asked,
    refunds: () => called.filter(({ name }) => name === 'refund').length,
    /** The answers to what is done meanwhile are lost, as when a process dies before it sends them. */
    async losingAnswers(work: () => Promise<void>): Promise<void> {
      losesAnswers = true;
      await work();
      losesAnswers = false;
      service.faults.splice(0);
    },
  };
}

export type Asked = Awaited<ReturnType<ReturnType<typeof openAskingApi>['asked']>>;
