import { afterEach, beforeEach, expect, test } from 'vitest';
import type { IncomingMessage } from '../../../src/core/ports.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { incoming, type RunEngine, startRunEngine } from '../../fixtures/run-engine.ts';
import { counts, type Door, newPlace, openDoor, type Place, runOf } from './door.ts';

const COLLECT = `
projects: { default: {} }
assistants:
  support: { multitask: collect, model: { provider: scripted, reply: "You said: {{text}}" } }
slack: { answer: every_message }
`;

let engine: RunEngine;
let door: Door;
let place: Place;
beforeEach(async () => {
  place = newPlace();
  engine = await startRunEngine(place);
  door = await openDoor(place, { config: COLLECT.replace('multitask: collect, ', '') });
});
afterEach(async () => {
  await door.close();
  await engine.close();
});

const at = new Date('2026-05-01T12:00:00Z');

function edited({ origin, sourceId }: IncomingMessage, text: string) {
  return door.ingest.edit({ origin, sourceId, text, editedAt: at });
}

function deleted({ origin, sourceId }: IncomingMessage) {
  return door.ingest.deletion({ origin, sourceId, deletedAt: at });
}

async function ended(ref: { threadId: string; runId: string }) {
  return eventually(async () => {
    const run = await door.stores.runs.find(ref);
    return run !== null && run.endedAt !== null ? run : null;
  }, 'the run ends');
}

test('messages of a thread are ordered by their arrival, and answers come between them', async () => {
  engine.addWorker();
  for (const text of ['one', 'two', 'three']) {
    await ended(await runOf(door.ingest, incoming({ thread: 'order', text })));
  }
  const thread = await door.stores.threads.findByOrigin(incoming({ thread: 'order' }).origin);
  const messages = await door.stores.messages.tail(thread?.id ?? '', 10);
  expect(messages.map(({ seq, role, text }) => [seq, role, text])).toEqual([
    [1, 'human', 'one'],
    [2, 'ai', 'You said: one'],
    [3, 'human', 'two'],
    [4, 'ai', 'You said: two'],
    [5, 'human', 'three'],
    [6, 'ai', 'You said: three'],
  ]);
  expect(thread?.lastSeq).toBe(6);
});

test('an edit makes a revision, once, and no run', async () => {
  const message = incoming({ text: 'first' });
  const { threadId, messageId } = await runOf(door.ingest, message);
  expect((await edited(message, 'second')).kind).toBe('stored');
  expect((await edited(message, 'second')).kind).toBe('duplicate');
  expect((await edited(message, 'third $literal')).kind).toBe('stored');
  expect(await door.stores.messages.find(threadId, messageId)).toMatchObject({
    seq: 1,
    text: 'third $literal',
    revisions: [
      { text: 'first', revisedAt: at },
      { text: 'second', revisedAt: at },
    ],
  });
  expect(await counts(door.database)).toEqual({ threads: 1, messages: 1, runs: 1, deliveries: 1 });
});

test('an edit of a message whose run has not started changes its input', async () => {
  const message = incoming({ text: 'waht?' });
  const run = await runOf(door.ingest, message);
  await edited(message, 'what?');
  engine.addWorker();
  await ended(run);
  const [, answer] = await door.stores.messages.tail(run.threadId, 5);
  expect(answer?.text).toBe('You said: what?');
});

test('an edit that text of MongoDB could be mistaken for is kept word for word', async () => {
  const message = incoming({ text: '$text' });
  const { threadId, messageId } = await runOf(door.ingest, message);
  for (const text of ['$revisions', '$$ROOT', '{"$set": 1}']) await edited(message, text);
  const stored = await door.stores.messages.find(threadId, messageId);
  expect(stored?.text).toBe('{"$set": 1}');
  expect(stored?.revisions.map(({ text }) => text)).toEqual(['$text', '$revisions', '$$ROOT']);
});

test('a deletion erases text, revisions and files, and cancels the queued run', async () => {
  const file = {
    id: 'F1',
    name: 'secret.txt',
    mediaType: 'text/plain',
    sizeBytes: 3,
    url: 'http://127.0.0.1/f',
  };
  const message = incoming({ text: 'my password is one', attachments: [file] });
  const run = await runOf(door.ingest, message);
  await edited(message, 'my password is two');
  expect((await deleted(message)).kind).toBe('stored');
  expect((await deleted(message)).kind).toBe('stored');
  const raw = await door.database.models.messages.find({ threadId: run.threadId }).lean();
  expect(raw).toMatchObject([{ text: '', revisions: [], attachments: [], redactedAt: at, seq: 1 }]);
  expect(JSON.stringify(raw)).not.toMatch(/password|secret/);
  expect(await door.stores.runs.find(run)).toMatchObject({ status: 'cancelled' });
  expect(await door.stores.deliveries.find(run)).toMatchObject({ status: 'done', reason: 'cancelled' });
  expect((await edited(message, 'my password is three')).kind).toBe('duplicate');
  expect((await door.ingest.message(message)).kind).toBe('duplicate');
  expect((await door.stores.messages.find(run.threadId, run.messageId))?.text).toBe('');
});

test('a deleted message is not part of what later runs read', async () => {
  const message = incoming({ thread: 'reads', text: 'forget this' });
  await runOf(door.ingest, message);
  await deleted(message);
  engine.addWorker();
  const run = await runOf(door.ingest, incoming({ thread: 'reads', text: 'and this?' }));
  expect((await ended(run)).usage?.inputTokens).toBe(2);
});

test('of a collected burst a deleted message is left out, and a burst deleted whole is not answered', async () => {
  const collecting = await openDoor(newPlace(), { config: COLLECT });
  try {
    const { ingest, stores } = collecting;
    const burst = ['a', 'b', 'c'].map((text) => incoming({ thread: 'burst', text }));
    const runs = [];
    for (const message of burst) runs.push(await runOf(ingest, message));
    expect(new Set(runs.map(({ runId }) => runId)).size).toBe(1);
    const [run] = runs;
    if (run === undefined) throw new Error('no run');
    const statuses = [];
    for (const { origin, sourceId } of burst) {
      await ingest.deletion({ origin, sourceId, deletedAt: at });
      statuses.push((await stores.runs.find(run))?.status);
    }
    expect(statuses).toEqual(['queued', 'queued', 'cancelled']);
  } finally {
    await collecting.close();
  }
});

test('a closed thread keeps what is said in it, cancels its queued runs and takes no more', async () => {
  const message = incoming({ thread: 'closing', text: 'one' });
  const { origin } = message;
  const first = await runOf(door.ingest, message);
  const second = await runOf(door.ingest, incoming({ thread: 'closing', text: 'two' }));
  await door.ingest.closure({ origin, reason: 'root_deleted', closedAt: at });
  await door.ingest.closure({ origin, reason: 'again', closedAt: new Date() });
  for (const run of [first, second]) {
    expect(await door.stores.runs.find(run)).toMatchObject({ status: 'cancelled' });
  }
  expect((await door.ingest.message(incoming({ thread: 'closing', text: 'three' }))).kind).toBe('stored');
  expect(await door.stores.threads.findByOrigin(origin)).toMatchObject({
    closed: { reason: 'root_deleted', at },
    lastSeq: 3,
  });
  expect(await counts(door.database)).toEqual({ threads: 1, messages: 3, runs: 2, deliveries: 2 });
});

test('a message that races with the closure of its thread never leaves a run waiting', async () => {
  const elsewhere = await openDoor(place);
  try {
    for (let round = 0; round < 20; round += 1) {
      const message = incoming({ thread: `closing${round}` });
      await runOf(door.ingest, message);
      await Promise.all([
        door.ingest.closure({ origin: message.origin, reason: 'r', closedAt: at }),
        elsewhere.ingest.message(incoming({ thread: `closing${round}` })),
      ]);
    }
    expect(await door.database.models.runs.countDocuments({ status: 'queued' })).toBe(0);
    expect(await door.database.models.messages.countDocuments()).toBe(40);
  } finally {
    await elsewhere.close();
  }
});
