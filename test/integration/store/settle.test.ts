import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunOutcome } from '../../../src/core/ports.ts';
import { messagesAt } from '../../../src/core/threads/state-at.ts';
import { outcome } from '../../fixtures/admissions.ts';
import { incoming } from '../../fixtures/run-engine.ts';
import { type Door, newPlace, openDoor, runOf } from '../ingest/door.ts';

let door: Door;
beforeEach(async () => {
  door = await openDoor(newPlace());
});
afterEach(() => door.close());

test("what a route sets on the thread is stored with the run's end, and its null removes a key", async () => {
  const { runs, threads } = door.stores;
  const { threadId } = await runOf(door.ingest, incoming({ metadata: { plan: 'free', trial: true } }));
  const claim = await runs.claimNext(threadId, 'w', new Date(), new Date(0));
  if (claim.kind !== 'claimed') throw new Error(claim.kind);
  const outcome: RunOutcome = {
    status: 'succeeded',
    messages: [],
    error: null,
    usage: null,
    routing: {
      route: { rule: 'r', why: 'w', considered: [] },
      workflow: 'assistant',
      assistantId: 'a',
      threadMetadata: { queue: 'sales', trial: null },
    },
    endedAt: new Date(),
  };
  await runs.settle({ threadId, runId: claim.run.id, fence: claim.run.fence }, outcome);
  expect((await threads.find(threadId))?.metadata).toEqual({ plan: 'free', queue: 'sales' });
});

test('a run that is to be forgotten cannot succeed: its answer is not kept', async () => {
  const { runs, messages } = door.stores;
  const { threadId } = await runOf(door.ingest, incoming());
  const claim = await runs.claimNext(threadId, 'w', new Date(), new Date(0));
  if (claim.kind !== 'claimed') throw new Error(claim.kind);
  const lease = { threadId, runId: claim.run.id, fence: claim.run.fence };
  await runs.requestCancel(lease, 'rollback', new Date());
  const outcome: RunOutcome = {
    status: 'succeeded',
    messages: [{ id: 'answer', role: 'ai', text: 'too late', createdAt: new Date() }],
    error: null,
    usage: null,
    routing: null,
    endedAt: new Date(),
  };
  await expect(runs.settle(lease, outcome)).rejects.toMatchObject({ code: 'conflict' });
  await runs.settle(lease, { ...outcome, status: 'cancelled', messages: [] });
  expect((await messages.tail(threadId, 10)).map(({ text }) => text)).toEqual(['']);
});

for (const action of ['rollback', 'discard'] as const) {
  test(`what an interrupted run said is not kept when a ${action} was wished before its end was stored`, async () => {
    const { runs, messages } = door.stores;
    const { threadId } = await runOf(door.ingest, incoming({ text: 'asked' }));
    const claim = await runs.claimNext(threadId, 'w', new Date(), new Date(0));
    if (claim.kind !== 'claimed') throw new Error(claim.kind);
    const lease = { threadId, runId: claim.run.id, fence: claim.run.fence };
    for (const wish of ['interrupt', action] as const) await runs.requestCancel(lease, wish, new Date());
    await runs.settle(lease, outcome(['so f'], { status: 'cancelled' }));
    const kept = messagesAt(await messages.tail(threadId, 10), 10).map(({ text }) => text);
    expect(kept).toEqual(action === 'rollback' ? [] : ['asked']);
  });
}
