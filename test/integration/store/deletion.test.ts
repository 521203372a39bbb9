import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StaleAttemptError } from '../../../src/core/errors.ts';
import type { RunOutcome } from '../../../src/core/ports.ts';
import { incoming } from '../../fixtures/run-engine.ts';
import { counts, type Door, newPlace, openDoor, runOf } from '../ingest/door.ts';

const NOTHING = { threads: 0, messages: 0, runs: 0, deliveries: 0 };
const SAID: RunOutcome = {
  status: 'succeeded',
  messages: [{ id: randomUUID(), role: 'ai', text: 'too late', createdAt: new Date() }],
  error: null,
  usage: null,
  routing: null,
  endedAt: new Date(),
};

let here: Door;
let elsewhere: Door;
beforeEach(async () => {
  const place = newPlace();
  [here, elsewhere] = await Promise.all([openDoor(place), openDoor(place)]);
});
afterEach(() => Promise.all([here.close(), elsewhere.close()]));

async function claimed(threadId: string) {
  const claim = await here.stores.runs.claimNext(threadId, 'w', new Date(), new Date(0));
  if (claim.kind !== 'claimed') throw new Error(claim.kind);
  return { threadId, runId: claim.run.id, fence: claim.run.fence };
}

test('a deleted thread stays deleted: late writes of workers and deliveries are refused', async () => {
  const message = incoming({ text: 'forget me' });
  const { threadId, runId } = await runOf(here.ingest, message);
  const lease = await claimed(threadId);
  const now = new Date();
  const delivery = await here.stores.deliveries.claim({ threadId, runId }, 'w', now, now, false);
  if (delivery.kind !== 'claimed') throw new Error(delivery.kind);
  await elsewhere.stores.threads.delete(threadId);

  await expect(here.stores.runs.settle(lease, SAID)).rejects.toThrow(StaleAttemptError);
  await expect(here.stores.runs.release(lease, now, true)).rejects.toThrow(StaleAttemptError);
  const part = { index: 0, messageId: 'p1' };
  await expect(
    here.stores.deliveries.savePart({ ...lease, fence: delivery.delivery.fence }, part),
  ).rejects.toThrow(StaleAttemptError);
  expect(await here.stores.runs.claimNext(threadId, 'w', now, now)).toEqual({ kind: 'nothing' });
  await here.stores.threads.setMetadata(threadId, { plan: 'pro' });
  await here.stores.threads.close(threadId, 'late', now);
  expect(await counts(here.database)).toEqual(NOTHING);
});

test('the origin of a deleted thread never makes a thread again, in this process or another', async () => {
  const message = incoming({ thread: 'gone' });
  const { threadId } = await runOf(here.ingest, message);
  // The other process knows the thread by heart.
  expect((await elsewhere.ingest.message(incoming({ thread: 'gone' }))).kind).toBe('run');
  await here.stores.threads.delete(threadId);
  for (const { ingest, stores } of [here, elsewhere]) {
    for (const each of [incoming({ thread: 'gone', text: 'new' }), message]) {
      expect(await ingest.message(each)).toEqual({ kind: 'ignored', why: 'the thread was deleted' });
    }
    const { origin, sourceId } = message;
    expect((await ingest.edit({ origin, sourceId, text: 'x', editedAt: new Date() })).kind).toBe('ignored');
    expect((await ingest.deletion({ origin, sourceId, deletedAt: new Date() })).kind).toBe('ignored');
    expect((await ingest.closure({ origin, reason: 'r', closedAt: new Date() })).kind).toBe('ignored');
    expect(await stores.threads.isKnown(origin)).toBe('deleted');
    expect(await stores.threads.findByOrigin(origin)).toBeNull();
  }
  expect(await counts(here.database)).toEqual(NOTHING);
});

test('a message that races with the deletion of its thread leaves nothing behind', async () => {
  for (let round = 0; round < 20; round += 1) {
    const thread = `race${round}`;
    const { threadId } = await runOf(here.ingest, incoming({ thread }));
    const lease = await claimed(threadId);
    const [, late, settled] = await Promise.allSettled([
      here.stores.threads.delete(threadId),
      elsewhere.ingest.message(incoming({ thread })),
      elsewhere.stores.runs.settle(lease, {
        ...SAID,
        messages: SAID.messages.map((said) => ({ ...said, id: randomUUID() })),
      }),
    ]);
    expect(late?.status).toBe('fulfilled');
    if (settled?.status === 'rejected') expect(settled.reason).toBeInstanceOf(StaleAttemptError);
  }
  expect(await counts(here.database)).toEqual(NOTHING);
});
