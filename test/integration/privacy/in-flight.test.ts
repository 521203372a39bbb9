import { randomUUID } from 'node:crypto';
import type { mongo } from 'mongoose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createToolbox } from '../../../src/assistant/tools/toolbox.ts';
import { searchThread } from '../../../src/assistant/tools/search-thread.ts';
import type { Approval } from '../../../src/core/approval/approval.ts';
import type { Message } from '../../../src/core/messages/message.ts';
import type { RunRecord } from '../../../src/core/ports.ts';
import type { RunRef } from '../../../src/core/runs/run.ts';
import { defineWorkflow } from '../../../src/core/workflows/workflow.ts';
import { createStores, type Database, openDatabase, type Stores } from '../../../src/store/index.ts';
import { assistant } from '../../../src/workflows/assistant/assistant.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { holdNextCommit } from '../../fixtures/hold-commit.ts';
import { runEnds, startedRun } from '../../fixtures/run-ends.ts';
import { incoming, type RunEngine, startRunEngine } from '../../fixtures/run-engine.ts';
import { testDatabase } from '../../fixtures/stores.ts';

/** What a run waits for when it has read its thread and searched it; nothing unless a test says so. */
let goesOn = Promise.resolve();

/** Sends a summary of the thread to the model, and searches the thread for "number" before it answers. */
const curious = defineWorkflow({
  ...assistant,
  async *run(context) {
    const toolbox = createToolbox([searchThread(engine.stores)], context);
    const call = { id: randomUUID(), name: 'search_thread', args: { query: 'number' } };
    const outcome = await toolbox.call(call, context.signal);
    yield { type: 'tool_call', ...call };
    yield { type: 'tool_result', id: call.id, name: call.name, ...outcome };
    await goesOn;
    yield* assistant.run({
      ...context,
      prompt: {
        async build(scene, messages, tools, signal) {
          const built = await context.prompt.build(scene, messages, tools, signal);
          const summary = `So far: ${messages.map((message) => message.text).join(', ')}`;
          return { ...built, messages: [{ role: 'system', text: summary }, ...built.messages] };
        },
      },
    });
  },
});

let engine: RunEngine;
/** Another process, in which things are erased. */
let elsewhere: Database;
let eraser: Stores;
beforeAll(async () => {
  const mongodbUri = testDatabase();
  engine = await startRunEngine({
    mongodbUri,
    workflows: [curious],
    script: { delayMs: 0, reply: 'Noted.', chunk: null },
  });
  elsewhere = await openDatabase({ uri: mongodbUri });
  eraser = createStores(elsewhere);
  engine.addWorker();
});
afterAll(async () => {
  await elsewhere.close();
  await engine.close();
});

async function begin(text: string, thread: string = randomUUID()): Promise<RunRef & { messageId: string }> {
  return startedRun(await engine.ingest.message(incoming({ text, thread, startsThread: false })));
}

async function ask(text: string, thread?: string) {
  const run = await begin(text, thread);
  await runEnds(engine.stores, run);
  const record = await eventually(() => engine.stores.records.find(run), 'the record is there');
  return { ...run, record };
}

async function everythingOf(threadId: string): Promise<string> {
  const { threads, messages, run_records: records, summaries } = engine.database.models;
  return JSON.stringify([
    await threads.find({ _id: threadId }).lean(),
    await messages.find({ threadId }).lean(),
    await records.find({ threadId }).lean(),
    await summaries.find({ _id: threadId }).lean(),
  ]);
}

const isTold = (record: RunRecord | null) => JSON.stringify(record).includes('0815');
const nothingOf = (messages: readonly Message[]) => messages.filter(({ text }) => text.includes('0815'));

test('a message leaves no copy in its thread: no title, no record, and no result of a search', async () => {
  const thread = randomUUID();
  const first = await ask('my number is 0815', thread);
  const second = await ask('what is my number?', thread);
  expect(isTold(second.record)).toBe(true);
  const before = await engine.stores.messages.tail(first.threadId, 10);
  expect(nothingOf(before).map(({ role }) => role)).toEqual(['human', 'tool']);

  await eraser.messages.redact(first.threadId, [first.messageId], new Date());

  expect(await everythingOf(first.threadId)).not.toContain('0815');
  const left = await engine.stores.messages.tail(first.threadId, 10);
  expect(left.map(({ redactedAt }) => redactedAt !== null)).toEqual(
    before.map((message) => nothingOf([message]).length > 0),
  );
});

test('a run that has read what is erased while it goes on leaves no copy of it behind', async () => {
  const thread = randomUUID();
  const first = await ask('my number is 0815', thread);
  const gate = Promise.withResolvers<void>();
  goesOn = gate.promise;
  const second = await begin('what is my number?', thread);
  await eventually(
    async () =>
      (await engine.queues.events.read(second, null, 100)).find(({ event }) => event.type === 'said') ?? null,
    'the run has searched the thread',
  );

  await eraser.messages.redact(first.threadId, [first.messageId], new Date());
  gate.resolve();

  expect((await runEnds(engine.stores, second)).status).toBe('succeeded');
  await eventually(() => engine.stores.records.find(second), 'the record is there');
  await eventually(
    async () => ((await everythingOf(first.threadId)).includes('0815') ? null : true),
    'nothing is left of it',
  );
  const answer = (await engine.stores.messages.tail(first.threadId, 1))[0];
  expect(answer?.text).toBe('Noted.');
});

/** The record as it is before it is stored. */
async function unstored({ record, threadId, runId }: Awaited<ReturnType<typeof ask>>) {
  await engine.database.models.run_records.deleteOne({ threadId, _id: runId });
  const run = await engine.stores.runs.find({ threadId, runId });
  return { ...record, fence: run?.fence ?? 0 };
}

/** Resolves when this process has sent a command to a collection, or the database has refused one. */
function sent(collection: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const client = engine.database.connection.getClient();
  const look = ({ commandName, command }: mongo.CommandStartedEvent) => {
    if (command[commandName] === collection) done();
  };
  const done = () => {
    client.off('commandStarted', look).off('commandFailed', done);
    resolve();
  };
  client.on('commandStarted', look).on('commandFailed', done);
  return promise;
}

test('a record keeps no text when it is stored while a message is being erased', async () => {
  const run = await ask('my number is 0815');
  const record = await unstored(run);
  expect(isTold(record)).toBe(true);
  // Given an erasure that has gone through the records, and is not stored yet
  const held = holdNextCommit(elsewhere);
  const erasing = eraser.messages.redact(run.threadId, [run.messageId], new Date());
  await held.reached;

  const confirming = sent('runs');
  const adding = engine.stores.records.add(record);
  await Promise.race([confirming, adding]);
  held.release();
  await Promise.all([adding, erasing]);

  expect(await everythingOf(run.threadId)).not.toContain('0815');
});

test('a record keeps no text when it is stored long after the run', async () => {
  const run = await ask('my number is 0815');
  const record = await unstored(run);
  const endedAt = new Date(Date.now() - 3_600_000);
  await engine.database.models.runs.updateOne({ _id: run.runId }, { $set: { endedAt } });
  await eraser.messages.redact(run.threadId, [run.messageId], new Date());

  await engine.stores.records.add(record);

  expect(await everythingOf(run.threadId)).not.toContain('0815');
});

test('attempts that begin after an erasure keep their records', async () => {
  const thread = randomUUID();
  const first = await ask('my number is 0815', thread);
  await eraser.messages.redact(first.threadId, [first.messageId], new Date());

  const { record } = await ask('and my colour is blue', thread);

  expect(JSON.stringify(record)).toContain('So far: ');
});

test('a record does not stay when it is stored while its thread is being deleted', async () => {
  const run = await ask('my number is 0815');
  const record = await unstored(run);
  const held = holdNextCommit(elsewhere);
  const deleting = eraser.threads.delete(run.threadId);
  await held.reached;

  const confirming = sent('runs');
  const adding = engine.stores.records.add(record);
  await Promise.race([confirming, adding]);
  held.release();
  await Promise.all([adding, deleting]);

  expect(await engine.stores.records.find(run)).toBeNull();
});

test('a summary does not stay when it is begun while its thread is being deleted', async () => {
  const { longThreads } = engine.stores;
  const { threadId } = await ask('my number is 0815');
  const held = holdNextCommit(elsewhere);
  const deleting = eraser.threads.delete(threadId);
  await held.reached;

  const hindered = sent('none');
  const summarising = longThreads.beginSummary(threadId).then(async (begun) => {
    if (begun !== null)
      await longThreads.saveSummary({ ...begun, upToSeq: 1, text: 'Their number is 0815.' });
  });
  await Promise.race([hindered, summarising]);
  held.release();
  await Promise.all([summarising, deleting]);

  expect(await engine.database.models.summaries.findById(threadId).lean()).toBeNull();
});

test('a copy of a thread that is made while a message is being erased does not hold it', async () => {
  const { threadId, messageId } = await ask('my number is 0815');
  const held = holdNextCommit(elsewhere);
  const erasing = eraser.messages.redact(threadId, [messageId], new Date());
  await held.reached;

  const ids = { threadId: randomUUID(), newId: randomUUID, newFileId: randomUUID };
  const hindered = sent('none');
  const copying = engine.stores.directory.copy('default', threadId, ids, new Date());
  await Promise.race([hindered, copying]);
  held.release();
  await Promise.all([copying, erasing]);

  const copied = await engine.stores.messages.tail(ids.threadId, 10);
  expect(copied).not.toEqual([]);
  expect(nothingOf(copied)).toEqual([]);
});

/** What a run has said that asks people, a search of the thread among it. */
function asking(): Approval {
  const call = { id: 'c1', name: 'search_thread', args: {} };
  const found = { found: [{ seq: 1, who: 'Ada', at: '', text: 'my number is 0815' }] };
  return {
    calls: [{ id: 'c2', name: 'refund', args: {}, by: null, decision: null }],
    said: [
      { role: 'ai', text: 'Let me see.', toolCalls: [call] },
      { role: 'tool', toolCallId: 'c1', name: call.name, text: JSON.stringify(found), isError: false },
    ],
    usage: null,
    askedBy: null,
    askedAt: new Date(),
    expiresAt: new Date(Date.now() + 60_000),
  };
}

test.each(['before', 'after'])(
  'a run that waits for people forgets what it found of a message that is erased %s it asks them',
  async (when) => {
    const { stores, database } = engine;
    const { threadId, messageId } = await ask('my number is 0815');
    const runId = randomUUID();
    const document = await database.models.runs.findOne({ threadId }).lean();
    if (document === null) throw new Error('there is no run');
    const open = { status: 'running', fence: 1, endedAt: null } as const;
    await database.models.runs.create({ ...document, ...open, _id: runId, idempotencyKey: runId });
    const wait = () => stores.approvals.ask({ threadId, runId, fence: 1 }, asking());
    const erase = () => eraser.messages.redact(threadId, [messageId], new Date());

    if (when === 'before') await erase().then(wait);
    else await wait().then(erase);

    const run = await stores.runs.find({ threadId, runId });
    expect(run?.approval?.said.map(({ text }) => text)).toEqual(['Let me see.', '']);
    expect(run?.approval?.calls).toHaveLength(1);
  },
);
