import { afterEach, expect, test } from 'vitest';
import { decideApproval } from '../../../src/core/approval/decide-approval.ts';
import { decideTogether } from '../../../src/core/approval/decide-together.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { ToolCall } from '../../../src/core/messages/message.ts';
import type { RunRef } from '../../../src/core/runs/run.ts';
import { REFUND, refundTools, TWO_REFUNDS } from '../../fixtures/approval-tools.ts';
import { eventually } from '../../fixtures/eventually.ts';
import {
  incoming,
  type RunEngine,
  type RunEngineOptions,
  startRunEngine,
} from '../../fixtures/run-engine.ts';
import { runEnds } from '../../fixtures/run-ends.ts';
import { testDatabase, testRedis } from '../../fixtures/stores.ts';

let engines: RunEngine[] = [];
afterEach(async () => {
  await Promise.all(engines.map((engine) => engine.close()));
  engines = [];
});

async function start(options: RunEngineOptions): Promise<RunEngine> {
  const engine = await startRunEngine({ script: { delayMs: 0, steps: REFUND }, ...options });
  engines.push(engine);
  engine.addWorker();
  return engine;
}

async function ask(engine: RunEngine, thread = 'thread-1'): Promise<RunRef> {
  const asked = await engine.ingest.message(incoming({ thread }));
  if (asked.kind !== 'run') throw new Error(asked.kind);
  return { threadId: asked.threadId, runId: asked.runId };
}

const waits = ({ stores }: RunEngine, ref: RunRef) =>
  eventually(async () => {
    const run = await stores.runs.find(ref);
    return run?.status === 'queued' && run.approval?.calls.at(-1)?.decision === null ? run : null;
  }, 'the run waits for approval');

function decide({ stores, queues }: RunEngine, ref: RunRef, approved: boolean, by = 'Ada') {
  return decideApproval(
    { ...stores, ...queues, clock: systemClock, logger: silentLogger },
    ref,
    (calls) => calls.length - 1,
    () => true,
    { approved, by: `id of ${by}`, name: by, note: null },
  );
}

function decideAll({ stores, queues }: RunEngine, ref: RunRef, approved: boolean[], by = 'Ada') {
  return decideTogether(
    { ...stores, ...queues, clock: systemClock, logger: silentLogger },
    ref,
    approved.map((each, call) => ({ call, approved: each, note: null })),
    { by: `id of ${by}`, name: by },
  );
}

async function told({ stores, queues }: RunEngine, ref: RunRef) {
  const events = (await queues.events.read(ref, null, 100)).map(({ event }) => event);
  const last = events.slice(events.findLastIndex(({ type }) => type === 'attempt'));
  const messages = (await stores.messages.tail(ref.threadId, 20)).filter(({ runId }) => runId !== null);
  return { events, last, messages };
}

test('a call that needs approval is made when it is approved, and what was said stays', async () => {
  const called: ToolCall[] = [];
  const engine = await start({ toolbox: refundTools(called) });
  const ref = await ask(engine);
  const waiting = await waits(engine, ref);
  // What needs no approval is not held up, and no attempt is counted
  expect(called.map(({ name }) => name)).toEqual(['look_up']);
  expect(waiting).toMatchObject({ attempt: 0, availableAt: waiting.approval?.expiresAt });
  expect(await decide(engine, ref, true)).toMatchObject({ kind: 'decided' });
  const run = await runEnds(engine.stores, ref);
  expect(run).toMatchObject({ status: 'succeeded', attempt: 1 });
  expect(called.map(({ name }) => name)).toEqual(['look_up', 'refund']);
  const { last, messages } = await told(engine, ref);
  expect(messages.map(({ role, text }) => [role, text])).toEqual([
    ['ai', 'Let me see.'],
    ['tool', '{"status":"lost"}'],
    ['tool', 'paid back'],
    ['ai', 'That is all.'],
  ]);
  // What is stored is what the last attempt has streamed, under the same ids
  const streamed = last.flatMap((event) => {
    if (event.type === 'said') return [event.message.id];
    return event.type === 'tool_result' && event.messageId !== undefined ? [event.messageId] : [];
  });
  expect(messages.map(({ id }) => id)).toEqual([...streamed, run.messageIds.at(-1)]);
  expect(messages[0]?.toolCalls.map(({ name }) => name)).toEqual(['look_up', 'refund']);
});

test('a run may ask again, and then tells all that it said', async () => {
  const called: ToolCall[] = [];
  const steps = [...REFUND.slice(0, 2), ...REFUND];
  const engine = await start({ toolbox: refundTools(called), script: { delayMs: 0, steps } });
  const ref = await ask(engine);
  await waits(engine, ref);
  await decide(engine, ref, true);
  const again = await eventually(async () => {
    const run = await waits(engine, ref);
    return run.approval?.calls.length === 2 ? run : null;
  }, 'it asks again');
  expect(again.approval?.calls.map(({ decision }) => decision?.approved)).toEqual([true, undefined]);
  await decide(engine, ref, false);
  const run = await runEnds(engine.stores, ref);
  expect(called.map(({ name }) => name)).toEqual(['look_up', 'refund', 'look_up']);
  const { messages } = await told(engine, ref);
  expect(messages.map(({ role }) => role).join(' ')).toBe('ai tool tool ai tool tool ai');
  // Of what was asked only the decisions are kept: the rest is in the messages
  expect(run.approval).toMatchObject({ said: [], calls: [{ name: 'refund' }, { name: 'refund' }] });
});

test('a call that is denied is not made, and the model is told so', async () => {
  const called: ToolCall[] = [];
  const engine = await start({ toolbox: refundTools(called) });
  const ref = await ask(engine);
  await waits(engine, ref);
  await decide(engine, ref, false, 'Bea');
  expect((await runEnds(engine.stores, ref)).status).toBe('succeeded');
  expect(called.map(({ name }) => name)).toEqual(['look_up']);
  const { messages } = await told(engine, ref);
  expect(messages[2]?.text).toBe('"refund" was not called: Bea denied it.');
});

test('of many decisions the first counts', async () => {
  const called: ToolCall[] = [];
  const engine = await start({ toolbox: refundTools(called) });
  const ref = await ask(engine);
  await waits(engine, ref);
  const wishes = Array.from({ length: 10 }, (_, index) => index % 2 === 0);
  const answers = await Promise.all(wishes.map((approved) => decide(engine, ref, approved)));
  const won = answers.findIndex(({ kind }) => kind === 'decided');
  expect(answers.map(({ kind }) => kind).toSorted()).toEqual([...Array(9).fill('already'), 'decided']);
  await runEnds(engine.stores, ref);
  expect(called.filter(({ name }) => name === 'refund')).toHaveLength(wishes[won] === true ? 1 : 0);
});

test('of many who decide several calls at once the first counts, for all of the calls', async () => {
  const called: ToolCall[] = [];
  const engine = await start({ toolbox: refundTools(called), script: { delayMs: 0, steps: TWO_REFUNDS } });
  const ref = await ask(engine);
  await waits(engine, ref);
  const wishes = Array.from({ length: 10 }, (_, index) => [index % 2 === 0, index % 2 !== 0]);
  const answers = await Promise.all(wishes.map((wish, index) => decideAll(engine, ref, wish, `P${index}`)));
  const won = answers.findIndex(({ kind }) => kind === 'decided');
  expect(answers.map(({ kind }) => kind).toSorted()).toEqual([
    ...Array(4).fill('alike'),
    'decided',
    ...Array(5).fill('otherwise'),
  ]);
  const run = await runEnds(engine.stores, ref);
  expect(run.approval?.calls.map(({ decision }) => [decision?.name, decision?.approved])).toEqual(
    wishes[won]?.map((approved) => [`P${won}`, approved]),
  );
  expect(called.map(({ args }) => args)).toEqual([{ order: wishes[won]?.[0] === true ? 7 : 8 }]);
});

test('what nobody approves in time is denied', async () => {
  const called: ToolCall[] = [];
  const engine = await start({ toolbox: refundTools(called, { by: null, hours: 0.3 / 3_600 }) });
  engine.sweeper();
  const ref = await ask(engine);
  await runEnds(engine.stores, ref);
  expect(called.map(({ name }) => name)).toEqual(['look_up']);
  const { messages } = await told(engine, ref);
  expect(messages[2]?.text).toBe('"refund" was not called: nobody approved it in time.');
  expect(await decide(engine, ref, true)).toEqual({ kind: 'over' });
  expect(await decideAll(engine, ref, [true])).toEqual({ kind: 'over' });
});

test('a run that waits can be cancelled, and is decided no more', async () => {
  const called: ToolCall[] = [];
  const engine = await start({ toolbox: refundTools(called) });
  const ref = await ask(engine);
  await waits(engine, ref);
  expect(await engine.stores.runs.requestCancel(ref, 'interrupt', new Date())).toBe('cancelled');
  expect(await decide(engine, ref, true)).toEqual({ kind: 'unknown' });
  expect(await decideAll(engine, ref, [true])).toEqual({ kind: 'unknown' });
  expect((await engine.stores.threads.find(ref.threadId))?.asks).toBeUndefined();
  expect((await engine.stores.runs.find(ref))?.approval).toBeUndefined();
  expect(called.map(({ name }) => name)).toEqual(['look_up']);
});

test('a later message waits its turn', async () => {
  const engine = await start({ toolbox: refundTools([]) });
  const first = await ask(engine);
  await waits(engine, first);
  const second = await ask(engine);
  await engine.queues.doorbells.ringThread(first.threadId);
  await decide(engine, first, true);
  const [one, two] = [await runEnds(engine.stores, first), await waits(engine, second)];
  expect(one.endedAt?.getTime()).toBeLessThanOrEqual(two.startedAt?.getTime() ?? 0);
});

test.each(['interrupt', 'rollback'] as const)(
  'with %s a later message ends the waiting',
  async (multitask) => {
    const called: ToolCall[] = [];
    const engine = await start({ toolbox: refundTools(called), multitask });
    const first = await ask(engine);
    await waits(engine, first);
    await waits(engine, await ask(engine));
    expect((await engine.stores.runs.find(first))?.status).toBe('cancelled');
    expect(await decide(engine, first, true)).toEqual({ kind: 'unknown' });
  },
);

test('a burst that comes while a run waits is answered by a run of its own', async () => {
  const engine = await start({ toolbox: refundTools([]), multitask: 'collect' });
  const first = await ask(engine);
  await waits(engine, first);
  const second = await ask(engine);
  expect(second.runId).not.toBe(first.runId);
});

test('another process takes the run up again, though the first is gone and Redis was flushed', async () => {
  const called: ToolCall[] = [];
  const [mongodbUri, redis] = [testDatabase(), testRedis()];
  const first = await start({ toolbox: refundTools(called), mongodbUri, redis });
  const ref = await ask(first);
  await waits(first, ref);
  await first.close();
  engines = [];
  const second = await start({ toolbox: refundTools(called), mongodbUri, redis: testRedis() });
  await decide(second, ref, true);
  expect((await runEnds(second.stores, ref)).status).toBe('succeeded');
  expect(called.map(({ name }) => name)).toEqual(['look_up', 'refund']);
  const { messages } = await told(second, ref);
  expect(messages).toHaveLength(4);
});

test('a delivery of a waiting run is found when its ring was lost, and left alone while it is parked', async () => {
  const engine = await start({ toolbox: refundTools([]) });
  const { deliveries, approvals } = engine.stores;
  const ref = await ask(engine);
  await waits(engine, ref);
  const later = (ms: number) => new Date(Date.now() + ms);
  const isOverdue = async () =>
    (await deliveries.overdue(later(1_000), later(1_000), 10)).some(({ runId }) => runId === ref.runId);
  expect(await isOverdue()).toBe(true);
  const claim = () => deliveries.claim(ref, 'worker-1', new Date(), later(0), false);
  const claimed = await claim();
  if (claimed.kind !== 'claimed') throw new Error(claimed.kind);
  const lease = { ...ref, fence: claimed.delivery.fence };
  expect(await approvals.park(lease, [0], new Date())).toBe(true);
  expect(await isOverdue()).toBe(false);
  expect((await engine.stores.backlog.oldest(new Date())).deliverySince).toBeNull();
  expect((await claim()).kind).toBe('held');
  // A decision lets it be claimed again, and what shows less than was decided is not parked
  const decision = { approved: true, by: 'U1', name: 'Ada', note: null };
  expect((await approvals.decide(ref, [{ call: 0, decision }], new Date()))?.id).toBe(ref.runId);
  const again = await claim();
  expect(again.kind).toBe('claimed');
  if (again.kind !== 'claimed') return;
  expect(await approvals.park({ ...ref, fence: again.delivery.fence }, [0], new Date())).toBe(false);
});
