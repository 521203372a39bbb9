import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StateUpdate } from '../../../src/core/ports.ts';
import { messagesAt } from '../../../src/core/threads/state-at.ts';
import { createStores, type Database, openDatabase, type Stores } from '../../../src/store/index.ts';
import { admitted, newThread, outcome, runOn, says } from '../../fixtures/admissions.ts';
import { testDatabase } from '../../fixtures/stores.ts';

let database: Database;
let stores: Stores;
beforeAll(async () => {
  database = await openDatabase({ uri: testDatabase() });
  stores = createStores(database);
});
afterAll(() => database.close());

const at = (seconds: number) => new Date(1_700_000_000_000 + seconds * 1_000);

const update = (threadId: string, wish: Partial<StateUpdate>, seconds = 1) =>
  stores.state.update(
    threadId,
    { messages: [], removed: [], values: {}, asNode: null, ...wish },
    at(seconds),
  );

async function empty(): Promise<string> {
  const thread = newThread();
  await stores.directory.create(thread, at(0));
  return thread.id;
}

/** The whole state after a step, as it is read from the store. */
async function stateAt(threadId: string, seq: number) {
  const messages = await stores.messages.between(threadId, 0, seq);
  return {
    texts: messagesAt(messages, seq).map(({ text }) => text),
    values: await stores.state.valuesAt(threadId, seq),
  };
}

async function stateNow(threadId: string) {
  const thread = await stores.threads.find(threadId);
  if (thread === null) throw new Error('no thread');
  const state = await stateAt(threadId, thread.lastSeq);
  expect(thread.values).toEqual(state.values);
  return { ...state, lastSeq: thread.lastSeq };
}

test('an update appends, replaces, erases and merges in one step behind those of its messages', async () => {
  const threadId = await empty();
  await update(threadId, {
    messages: [says('one', { sourceId: 'api:1' }), says('two', { sourceId: 'api:2' })],
  });
  await update(threadId, { values: { stage: 'asked', seats: { paid: 1 } } });
  const changed = await update(
    threadId,
    {
      messages: [says('one, better', { sourceId: 'api:1' }), says('three')],
      removed: ['api:2'],
      values: { stage: 'paid', note: null },
      asNode: 'desk',
    },
    7,
  );
  expect(changed).toEqual({ seq: 5 });
  expect(await stateNow(threadId)).toEqual({
    texts: ['one, better', '', 'three'],
    values: { stage: 'paid', seats: { paid: 1 }, note: null },
    lastSeq: 5,
  });
  expect((await stores.threads.find(threadId))?.values).toEqual({
    stage: 'paid',
    seats: { paid: 1 },
    note: null,
  });
  expect(await stores.state.checkpoints(threadId, 6, 10)).toEqual([
    {
      threadId,
      seq: 5,
      source: 'update',
      values: { stage: 'paid', seats: { paid: 1 }, note: null },
      asNode: 'desk',
      createdAt: at(7),
    },
    expect.objectContaining({ seq: 3, source: 'update', values: { stage: 'asked', seats: { paid: 1 } } }),
  ]);
  // The state before it is as it was, but for what was erased
  expect(await stateAt(threadId, 4)).toEqual({
    texts: ['one', '', 'three'],
    values: { stage: 'asked', seats: { paid: 1 } },
  });
  expect(await stateAt(threadId, 2)).toEqual({ texts: ['one', ''], values: {} });
});

test('an answer of a run is replaced by our id, as programs name it', async () => {
  const thread = newThread();
  await admitted(stores.inbox, runOn(thread, [says('hello')]));
  const claim = await stores.runs.claimNext(thread.id, 'w', new Date(), new Date(0));
  if (claim.kind !== 'claimed') throw new Error(claim.kind);
  const said = outcome(['Hi.']);
  await stores.runs.settle({ threadId: thread.id, runId: claim.run.id, fence: 1 }, said);
  const id = said.messages[0]?.id ?? '';
  await update(thread.id, { messages: [says('Good day.', { role: 'ai', sourceId: `api:${id}` })] });
  expect((await stateNow(thread.id)).texts).toEqual(['hello', 'Good day.']);
});

test('an update of a thread that is not there or was deleted is refused and makes nothing', async () => {
  const threadId = await empty();
  await update(threadId, { values: { a: 1 }, messages: [says('gone')] });
  await stores.threads.delete(threadId);
  expect(await update(threadId, { values: { a: 2 }, messages: [says('late')] })).toBeNull();
  expect(await stores.messages.revise(threadId, 'any', 'late', at(2))).toBe(false);
  const { threads, messages, checkpoints } = database.models;
  const left = await Promise.all([
    threads.countDocuments({ _id: threadId }),
    messages.countDocuments({ threadId }),
    checkpoints.countDocuments({ threadId }),
  ]);
  expect(left).toEqual([0, 0, 0]);
});

test('an update of which one part cannot be done is not done at all', async () => {
  const [threadId, other] = [await empty(), await empty()];
  const taken = says('theirs');
  await update(other, { messages: [taken] });
  await update(threadId, { messages: [says('one', { sourceId: 'api:1' })], values: { a: 1 } });
  const before = await stateNow(threadId);
  const part = { messages: [says('edited', { sourceId: 'api:1' }), says('new')] };
  for (const bad of [
    { ...part, values: { 'a.b': 1 } },
    { ...part, values: { $set: 1 } },
    { ...part, values: { big: 'x'.repeat(300_000) } },
    { ...part, values: { deep: JSON.parse('['.repeat(500) + ']'.repeat(500)) } },
    { messages: [...part.messages, says('stolen', { id: taken.id })] },
  ]) {
    await expect(update(threadId, bad)).rejects.toHaveProperty('code');
    expect(await stateNow(threadId)).toEqual(before);
  }
});

test('updates at one moment are one after the other: each key is there, and each step once', async () => {
  const threadId = await empty();
  const seqs = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      update(threadId, { values: { [`k${index}`]: index }, messages: [says(`${index}`)] }),
    ),
  );
  expect(new Set(seqs.map((each) => each?.seq)).size).toBe(20);
  const { texts, values, lastSeq } = await stateNow(threadId);
  expect(lastSeq).toBe(40);
  expect(texts).toHaveLength(20);
  expect(Object.keys(values)).toHaveLength(20);
});

test('a program that sends a message at several moments has it once', async () => {
  const threadId = await empty();
  await Promise.all(
    Array.from({ length: 10 }, () =>
      update(threadId, { messages: [says('once', { sourceId: 'api:same' })] }),
    ),
  );
  expect(await stateNow(threadId)).toMatchObject({ texts: ['once'], lastSeq: 1 });
});

test('an edit is a step with a checkpoint, and one that changes nothing is none', async () => {
  const threadId = await empty();
  const message = says('first');
  await update(threadId, { messages: [message] });
  expect(await stores.messages.revise(threadId, message.id, 'second', at(5))).toBe(true);
  expect(await stores.messages.revise(threadId, message.id, 'second', at(6))).toBe(false);
  expect(await stores.threads.find(threadId)).toMatchObject({ lastSeq: 2, updatedAt: at(5) });
  expect(await stores.state.checkpoints(threadId, 3, 10)).toEqual([
    { threadId, seq: 2, source: 'edit', values: null, asNode: null, createdAt: at(5) },
  ]);
  expect((await stateAt(threadId, 1)).texts).toEqual(['first']);
  expect((await stores.messages.find(threadId, message.id))?.revisions).toEqual([
    { text: 'first', revisedAt: at(5), untilSeq: 2 },
  ]);
});

test('edits of one message at one moment lose no text, and each is a step', async () => {
  const threadId = await empty();
  const message = says('0');
  await update(threadId, { messages: [message] });
  await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      stores.messages.revise(threadId, message.id, `${index + 1}`, at(2)),
    ),
  );
  const { revisions = [], text } = (await stores.messages.find(threadId, message.id)) ?? {};
  expect(new Set([...revisions.map((each) => each.text), text])).toEqual(
    new Set(Array.from({ length: 13 }, (_, index) => `${index}`)),
  );
  expect(revisions.map(({ untilSeq }) => untilSeq)).toEqual(
    Array.from({ length: 12 }, (_, index) => index + 2),
  );
});

test('the input of a run that is rolled back is in no state, may come again, and what was deleted is a tombstone', async () => {
  const thread = newThread();
  const input = [says('forget', { sourceId: 'api:1' }), says('me')];
  await stores.inbox.admit({
    thread,
    messages: [says('deleted', { id: 'd' })],
    plan: () => ({ kind: 'message_only' }),
  });
  for (const state of ['queued', 'running']) {
    const { run } = await admitted(
      stores.inbox,
      runOn(
        thread,
        input.map((each) => ({ ...each, id: randomUUID() })),
      ),
    );
    const ref = { threadId: thread.id, runId: run.runId };
    if (state === 'running') await stores.runs.claimNext(thread.id, 'w', new Date(), new Date(0));
    const wish = await stores.runs.requestCancel(ref, 'rollback', at(2));
    expect(wish).toBe(state === 'running' ? 'requested' : 'cancelled');
    if (state === 'running') {
      await stores.runs.settle({ ...ref, fence: 1 }, outcome([], { status: 'cancelled' }));
    }
    expect((await stateNow(thread.id)).texts).toEqual(['deleted']);
    expect(await stores.threads.find(thread.id)).toMatchObject({ openRuns: 0, lastEnd: 'idle' });
  }
  await stores.messages.redact(thread.id, ['d'], at(3));
  expect((await stateNow(thread.id)).texts).toEqual(['']);
  // Nothing of what was forgotten is kept.
  const stored = JSON.stringify(await database.models.messages.find({ threadId: thread.id }).lean());
  expect(stored).not.toContain('forget');
});

test('a thread of many turns and updates is stored in as many documents as it has steps', async () => {
  const threadId = await empty();
  for (let turn = 0; turn < 30; turn += 1) {
    await update(threadId, { messages: [says(`question ${turn}`), says(`answer ${turn}`, { role: 'ai' })] });
    await update(threadId, { values: { turn } });
  }
  const [messages, checkpoints, thread] = await Promise.all([
    database.models.messages.countDocuments({ threadId }),
    database.models.checkpoints.countDocuments({ threadId }),
    stores.threads.find(threadId),
  ]);
  expect(thread?.lastSeq).toBe(90);
  expect(messages + checkpoints).toBe(90);
  expect(JSON.stringify(await database.models.checkpoints.find({ threadId }).lean())).not.toContain(
    'question',
  );
});
