import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiService, startApiService } from '../../../fixtures/api-service.ts';
import { createDice } from './fuzz/dice.ts';
import { type HostileRequest, hostileRequest, type Pool } from './fuzz/hostile-requests.ts';
import { faultOf, waits } from './fuzz/judge.ts';
import { type Described, readDocument } from './fuzz/operations.ts';
import { exchange } from './fuzz/raw-exchange.ts';

const REQUESTS = 2_000;
const AT_ONCE = 12;
const THREADS = 30;
/** An answer takes milliseconds; this is for a busy machine. Of routes that wait for a run none is waited for. */
const ANSWERED_WITHIN_MS = 10_000;
const WAITED_MS = 150;

let api: ApiService;
let described: Described;
let pool: Pool;

beforeAll(async () => {
  api = await startApiService({ assistants: ['support', 'sales'] });
  described = readDocument((await api.call('GET', '/openapi.json')).body);
  const threads = await Promise.all(
    Array.from({ length: THREADS }, async () => {
      const { body: thread } = await api.call('POST', '/threads', { body: { metadata: { plan: 'gold' } } });
      const { body: run } = await api.call('POST', `/threads/${thread.thread_id}/runs`, {
        body: { assistant_id: 'support', input: { messages: [{ type: 'human', content: 'hello' }] } },
      });
      return { threadId: thread.thread_id, runId: run.run_id };
    }),
  );
  pool = {
    threads,
    assistants: ['support', 'sales'],
    keys: [api.keys.default.write, api.keys.default.read, api.keys.other.write, 'tr_unknown'],
  };
});

afterAll(() => api.close());

test('2,000 hostile requests, generated from the document, are answered as it says, and nothing breaks', {
  timeout: 120_000,
}, async () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1e6);
  const dice = createDice(seed);
  const requests = Array.from({ length: REQUESTS }, () => hostileRequest(described, pool, dice));
  const faults: string[] = [];
  const statuses = new Map<string, number>();

  await inLanes(requests, async (request) => {
    const timeoutMs = waits(request) ? WAITED_MS : ANSWERED_WITHIN_MS;
    const outcome = await exchange(Number(new URL(api.url).port), request.bytes, timeoutMs);
    const status = typeof outcome === 'string' ? outcome : String(outcome.status);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const fault = faultOf(request, outcome, described);
    if (fault !== null) faults.push(`${fault}\n${shown(request)}`);
  });

  const summary = `SEED=${seed} makes them again. Answered: ${[...statuses].join('; ')}`;
  expect(faults.length, `${summary}\n\n${faults.slice(0, 10).join('\n\n')}`).toBe(0);
  expect(api.faults, summary).toHaveLength(0);
  // And it was not all refused at the door
  expect(statuses.get('200') ?? 0, summary).toBeGreaterThan(REQUESTS / 20);
  expect(statuses.get('422') ?? 0, summary).toBeGreaterThan(REQUESTS / 5);
});

test('after it the API makes threads and answers on them', async () => {
  expect((await api.call('GET', '/ok')).status).toBe(200);
  const { body: thread } = await api.call('POST', '/threads');
  const { status, body } = await api.call('POST', `/threads/${thread.thread_id}/runs/wait`, {
    body: { assistant_id: 'support', input: { messages: [{ type: 'human', content: 'still here?' }] } },
  });

  expect(status).toBe(200);
  expect(body.messages.at(-1)).toMatchObject({ type: 'ai', content: 'You said: still here?' });
});

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const item of left) await work(item);
    }),
  );
}

function shown({ bytes }: HostileRequest): string {
  const text = bytes.toString('latin1').replace(/x-api-key: tr_[^\r\n]*/g, 'x-api-key: …');
  return text.length > 1_500 ? `${text.slice(0, 1_500)}… (${text.length} bytes)` : text;
}
