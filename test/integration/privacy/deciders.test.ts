import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createApprovalDesk } from '../../../src/core/approval/approval-desk.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { RunRef } from '../../../src/core/runs/run.ts';
import { type ApiService, startApiService } from '../../fixtures/api-service.ts';
import { refundTools } from '../../fixtures/approval-tools.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { incoming } from '../../fixtures/run-engine.ts';
import { runEnds } from '../../fixtures/run-ends.ts';
import { testRedis } from '../../fixtures/stores.ts';
import { holdersOf } from './holders-of.ts';

let api: ApiService;
let redis: Redis;
const place = testRedis();
/** Who may decide: Lea, who never writes a word. Her id and name stand for nobody else. */
const approvers: string[] = [];
let lea: { id: string; name: string };
let ada: { id: string; name: string };
beforeAll(async () => {
  redis = new Redis(place.url);
  const refund = { name: 'refund', args: { order: 7 } };
  api = await startApiService({
    redis: place,
    toolbox: refundTools([], { by: approvers, hours: 1 }),
    script: {
      delayMs: 0,
      steps: [
        { kind: 'calls', calls: [refund, refund] },
        { kind: 'calls', calls: [refund] },
        { kind: 'text', text: 'That is all.' },
      ],
    },
  });
});
afterAll(async () => {
  redis.disconnect();
  await api.close();
});
beforeEach(() => {
  const person = (name: string) => {
    const mark = randomUUID().slice(0, 8);
    return { id: `U${mark.toUpperCase()}`, name: `${name}-${mark}` };
  };
  lea = person('Lea');
  ada = person('Ada');
  approvers.splice(0, approvers.length, lea.id);
});

/** Ada asks, and two calls wait for Lea; once they are decided, a third. */
async function asked() {
  const message = incoming({ author: ada });
  const ref = await api.ingest.message(message);
  if (ref.kind !== 'run') throw new Error(ref.kind);
  const waits = (calls: number) =>
    eventually(async () => {
      const { approval } = (await api.stores.runs.find(ref)) ?? {};
      return approval?.calls.length === calls ? approval : null;
    }, 'the run waits');
  await waits(2);
  const desk = createApprovalDesk({ ...api.stores, ...api.queues, clock: systemClock, logger: silentLogger });
  const decide = async (call: number, approved: boolean) => {
    const press = { origin: message.origin, runId: ref.runId, call, approved, by: lea };
    expect(await desk.press(press)).toMatchObject({ kind: 'decided' });
  };
  return { ref, decide, waits };
}

async function ended(ref: RunRef) {
  expect((await runEnds(api.stores, ref)).status).toBe('succeeded');
  await eventually(() => api.stores.records.find(ref), 'the record is there');
  return (await api.stores.messages.tail(ref.threadId, 9)).map(({ text }) => text);
}

const holders = (who: { id: string; name: string }) =>
  holdersOf(api.database, redis, place.prefix, Object.values(who));

async function erase(who: { id: string }, dryRun = false) {
  const { body } = await api.call('POST', '/erasures', {
    key: api.keys.default.admin,
    body: { person: `slack:T1:${who.id}`, dry_run: dryRun },
  });
  return body.erased;
}

test('of who decided nothing is left, though they never wrote, and the conversation of others stays', async () => {
  const { ref, decide, waits } = await asked();
  await decide(0, true);
  await decide(1, false);
  await waits(3);
  await decide(2, false);
  const before = await ended(ref);
  expect(before).toContain(`"refund" was not called: ${lea.name} denied it.`);
  expect(await holders(lea)).toEqual(['messages', 'redis', 'run_records', 'runs']);

  expect(await erase(lea, true)).toMatchObject({ threads: 0, messages: 2, decisions: 3 });
  expect(await holders(lea)).toEqual(['messages', 'redis', 'run_records', 'runs']);
  await erase(lea);

  expect(await holders(lea)).toEqual([]);
  expect(await holders(ada)).toContain('messages');
  const texts = (await api.stores.messages.tail(ref.threadId, 9)).map(({ text }) => text);
  expect(texts).toEqual(before.map((text) => (text.includes(lea.name) ? '' : text)));
  expect((await api.stores.runs.find(ref))?.approval?.calls.map(({ decision }) => decision)).toMatchObject([
    { approved: true, by: 'erased', name: 'erased' },
    { approved: false, by: 'erased', name: 'erased' },
    { approved: false, by: 'erased', name: 'erased' },
  ]);
});

test('who decided while the run still waits is forgotten, and the run goes on without their name', async () => {
  const { ref, decide, waits } = await asked();
  await decide(0, true);
  expect(await holders(lea)).toEqual(['redis', 'runs', 'threads']);
  await erase(lea);
  expect(await holders(lea)).toEqual([]);
  const { calls } = await waits(2);
  expect(calls[1]).toMatchObject({ by: ['erased'], decision: null });
  approvers.splice(0, 1);
  await approve(ref, calls[1]?.id);
  const [, , third] = (await waits(3)).calls;
  await approve(ref, third?.id);
  await ended(ref);
  expect(await holders(lea)).toEqual([]);
});

test('what the run has said of who denied a call is said again without their name', async () => {
  const { ref, decide, waits } = await asked();
  await decide(0, false);
  await decide(1, true);
  const { said, calls } = await waits(3);
  expect(JSON.stringify(said)).toContain(lea.name);
  await eventually(async () => (await holders(lea)).includes('run_records') || null, 'the record is there');
  await erase(lea);
  expect(await holders(lea)).toEqual([]);
  await approve(ref, calls[2]?.id);
  expect(await ended(ref)).toEqual([
    'hello',
    '',
    '"refund" was not called: erased denied it.',
    'paid back',
    '',
    'paid back',
    'That is all.',
  ]);
  expect(await holders(lea)).toEqual([]);
});

async function approve({ threadId, runId }: RunRef, callId = '') {
  const path = `/threads/${threadId}/runs/${runId}/approvals/${callId}`;
  expect((await api.call('POST', path, { body: { approved: true } })).status).toBe(200);
}

test('who is only named as one who may decide is forgotten as well', async () => {
  const { decide } = await asked();
  await erase(lea);
  expect(await holders(lea)).toEqual([]);
  await expect(decide(0, true)).rejects.toThrow();
});

test('an erasure reaches copies of a thread, and what was decided in the original', async () => {
  const { ref, decide, waits } = await asked();
  await decide(0, true);
  await decide(1, false);
  await waits(3);
  await decide(2, false);
  const before = await ended(ref);
  const copied = await api.call('POST', `/threads/${ref.threadId}/copy`);
  const again = await api.call('POST', `/threads/${copied.body.thread_id}/copy`);
  const [copy, copyOfCopy] = [copied.body.thread_id, again.body.thread_id];

  await erase(lea);

  expect(await holders(lea)).toEqual([]);
  for (const id of [copy, copyOfCopy]) {
    const texts = (await api.stores.messages.tail(id, 9)).map(({ text }) => text);
    expect(texts).toEqual(before.map((text) => (text.includes(lea.name) ? '' : text)));
  }
  expect(await erase(ada)).toMatchObject({ threads: 3, messages: 3 });
  expect(await holders(ada)).toEqual([]);
  expect(await api.stores.threads.find(copyOfCopy)).toBeNull();
});
