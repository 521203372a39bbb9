import { randomUUID } from 'node:crypto';
import { afterAll } from 'vitest';
import { answerIdOf } from '../../../../src/core/runs/answer-id.ts';
import type { RunEvent } from '../../../../src/core/runs/run-event.ts';
import type { Run } from '../../../../src/core/runs/run.ts';
import { type ApiService, startApiService } from '../../../fixtures/api-service.ts';
import { readStream, type SseReader, type SseRequest } from '../../../fixtures/sse-reader.ts';

/**
 * The API of a house without workers, so that runs stay queued until a test executes them; closed after the last test of
 * the file.
 */
export async function openQuietApi() {
  const api = await startApiService({ workers: 0 });
  afterAll(() => api.close());
  const program = asProgram(api);
  return {
    api,
    program,
    /** A run under way that the test executes, and its ids. */
    async running(more: object = {}) {
      const threadId = await program.thread();
      const ref = await program.start(threadId, 'Where is my order?', more);
      return { ref, driven: await driveRun(api, threadId) };
    },
  };
}

/** What a test asks the API about runs, in the project `default`, with a key that may write. */
export function asProgram(api: ApiService) {
  const headers = { 'x-api-key': api.keys.default.write };
  const question = (content: string) => ({
    assistant_id: 'support',
    input: { messages: [{ type: 'human', content }] },
  });
  return {
    question,
    async thread(): Promise<string> {
      const { body } = await api.call('POST', '/threads', { body: {} });
      return body.thread_id;
    },
    /** Starts a run, and answers its ids. */
    async start(threadId: string, content: string, more: object = {}) {
      const { status, body, text } = await api.call('POST', `/threads/${threadId}/runs`, {
        body: { ...question(content), ...more },
      });
      if (status !== 200) throw new Error(`the run was not started: ${status} ${text}`);
      return { threadId, runId: body.run_id as string };
    },
    stream: (path: string, body: object, more: Partial<SseRequest> = {}): Promise<SseReader> =>
      readStream(`${api.url}${path}`, { method: 'POST', headers, body, ...more }),
    join: (ref: { threadId: string; runId: string }, more: Partial<SseRequest> & { query?: string } = {}) =>
      readStream(`${api.url}/threads/${ref.threadId}/runs/${ref.runId}/stream${more.query ?? ''}`, {
        headers,
        ...more,
      }),
    state: async (threadId: string) => (await api.call('GET', `/threads/${threadId}/state`)).body.values,
    run: async (ref: { threadId: string; runId: string }) =>
      (await api.call('GET', `/threads/${ref.threadId}/runs/${ref.runId}`)).body,
  };
}

export type DrivenRun = {
  run: Run;
  /** Each call is a batch of its own in the stream. */
  tell(...events: RunEvent[]): Promise<void>;
  say(delta: string): Promise<void>;
  /** Stores the end, with what was said, and tells it. */
  succeed(): Promise<void>;
};

/** Executes a queued run by the test's own hand, in a house without workers. */
export async function driveRun({ stores, queues }: ApiService, threadId: string): Promise<DrivenRun> {
  const now = new Date();
  const claim = await stores.runs.claimNext(threadId, randomUUID(), now, new Date(0));
  if (claim.kind !== 'claimed') throw new Error(`there is no run to claim: ${claim.kind}`);
  const { run } = claim;
  const lease = { threadId, runId: run.id, fence: run.fence };
  const writer = queues.events.writer(lease);
  let text = '';
  const tell = async (...events: RunEvent[]) => {
    for (const event of events) writer.emit(event);
    await writer.flush();
  };
  await tell({ type: 'attempt', attempt: run.attempt, messageId: answerIdOf(lease) });
  return {
    run,
    tell,
    async say(delta) {
      const offset = text.length;
      text += delta;
      await tell({ type: 'text', delta, offset });
    },
    async succeed() {
      const endedAt = new Date();
      const id = answerIdOf(lease);
      const { lastSeqBefore } = await stores.runs.settle(lease, {
        status: 'succeeded',
        messages: [{ id, role: 'ai', text, createdAt: endedAt }],
        error: null,
        usage: null,
        routing: null,
        endedAt,
      });
      const answer = { id, seq: lastSeqBefore + 1 };
      await tell({ type: 'end', status: 'succeeded', stored: { error: null, answer } });
    },
  };
}
