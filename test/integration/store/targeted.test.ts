import { randomUUID } from 'node:crypto';
import type { mongo } from 'mongoose';
import { afterEach, expect, test } from 'vitest';
import type { DeliveryLease } from '../../../src/core/deliveries/delivery.ts';
import type { ThreadFile } from '../../../src/core/files/thread-file.ts';
import type { IngestResult, RunOutcome } from '../../../src/core/ports.ts';
import type { NewThread } from '../../../src/core/threads/thread.ts';
import { MULTITASK_STRATEGIES } from '../../../src/core/runs/run.ts';
import { SHARD_KEYS } from '../../../src/store/shard-keys.ts';
import { observeAssistants } from './observe-assistants.ts';
import { incoming, type RunEngine, startRunEngine } from '../../fixtures/run-engine.ts';
import { startedRun } from '../../fixtures/run-ends.ts';

/** Questions about all threads at once. They ask every shard, by an index, at intervals that no load shortens. */
const ASK_EVERY_SHARD = {
  'runs.overdueThreads': 'the sweeper',
  'deliveries.overdue': 'the sweeper',
  'threads.recentByPlatform': 'what an adapter looks through after it was away',
  'backlog.oldest': 'metrics',
  'directory.page': 'a program that lists the threads of its project',
  'directory.search': 'the same',
  'directory.count': 'the same',
  'directory.expired': 'the sweeper',
  'files.deleteBefore': 'retention',
  'keys.list': 'an operator',
  'keys.revoke': 'an operator',
  'usage.since': 'an operator',
  'knowledge.list': 'an operator',
  'knowledge.documents': 'an operator who adds, and a process that loads a knowledge which has changed',
  'knowledge.findChunks': 'a search, for the few passages that it has found: by id, in one question',
  'leftTransactions.rollBack': 'the sweeper',
  'retention.0': 'retention',
  'retention.1': 'retention',
  'retention.2': 'retention',
  'retention.3': 'retention',
  'retentionRounds.claim': 'retention',
  'people.threadsOf': 'an erasure',
  'people.openRuns': 'an erasure',
  'people.eraseFrom': 'an erasure',
  'people.isBusy': 'an erasure',
  'people.streamedRuns': 'an erasure',
  'people.finish': 'an erasure',
  'erasers.0': 'an erasure',
  'erasers.1': 'an erasure',
  'erasers.2': 'an erasure',
};

let engine: RunEngine;
afterEach(() => engine.close());

const MADE: NewThread = {
  id: 'made',
  projectId: 'default',
  assistantId: 'support',
  name: null,
  metadata: {},
  origin: null,
};

type Command = Record<string, unknown>;

/** The conditions of a command: its filter, those of its writes, or the documents that it inserts. */
function conditionsOf(name: string, command: Command): Command[] {
  const list = (value: unknown): Command[] => (Array.isArray(value) ? value : []);
  const map = (value: unknown): Command => (typeof value === 'object' && value !== null ? { ...value } : {});
  switch (name) {
    case 'find':
    case 'count':
      return [map(command['filter'] ?? command['query'])];
    case 'findAndModify':
      return [map(command['query'])];
    case 'update':
      return list(command['updates']).map(({ q }) => map(q));
    case 'delete':
      return list(command['deletes']).map(({ q }) => map(q));
    case 'insert':
      return list(command['documents']).map((document) => ({
        ...document,
        'metadata.threadId': map(document['metadata'])['threadId'],
      }));
    case 'aggregate':
      return [map(list(command['pipeline'])[0]?.['$match'])];
    case 'commitTransaction':
    case 'abortTransaction':
      return [];
    default:
      throw new Error(`what does "${name}" look for?`);
  }
}

/** Equal to one value, or to one of a list: what mongos sends to the shards of those values alone. */
function isPinned(condition: unknown): boolean {
  if (typeof condition === 'string') return true;
  if (typeof condition !== 'object' || condition === null) return false;
  return 'toHexString' in condition || Object.keys(condition).join() === '$in';
}

/** Names the whole shard key, or is a choice of conditions that each do: questions of several threads in one. */
function namesKey(condition: Command, fields: readonly string[]): boolean {
  if (fields.length > 0 && fields.every((field) => isPinned(condition[field]))) return true;
  const choices: unknown = condition['$or'];
  return Array.isArray(choices) && choices.length > 0 && choices.every((choice) => namesKey(choice, fields));
}

test('every query of the hot path names the shard key, so that it asks the shards of its threads alone', async () => {
  engine = await startRunEngine();
  const { stores, database, ingest } = engine;
  const commands: { by: string; text: string; isTargeted: boolean }[] = [];
  const observed = new Set<string>();
  let by = '';
  const client = database.connection.getClient();
  client.on('commandStarted', ({ commandName, command }: mongo.CommandStartedEvent) => {
    if (by === '') return;
    const collection = Object.entries(SHARD_KEYS).find(([name]) => name === command[commandName]);
    for (const condition of conditionsOf(commandName, command)) {
      const isTargeted = namesKey(condition, Object.keys(collection?.[1] ?? {}));
      commands.push({ by, text: `${commandName} ${JSON.stringify(condition)}`, isTargeted });
    }
  });
  async function observe<T>(name: string, work: () => Promise<T>): Promise<T> {
    observed.add(name);
    by = name;
    return work().finally(() => {
      by = '';
    });
  }

  // Given a thread, and what every way to admit a message does
  const now = () => new Date();
  const thread = `${Date.now()}.000100`;
  const first = incoming({ thread });
  const run = startedRun(await observe('inbox.admit', () => ingest.message(first)));
  await observe('inbox.admit', () => ingest.message(first));
  for (const multitask of MULTITASK_STRATEGIES) {
    const other = await startRunEngine({ multitask });
    other.database.connection.getClient().on('commandStarted', (event: mongo.CommandStartedEvent) => {
      client.emit('commandStarted', event);
    });
    const place = `${Date.now()}.${multitask}`;
    for (let count = 0; count < 3; count += 1) {
      const asked = startedOrNull(
        await observe('inbox.admit', () => other.ingest.message(incoming({ thread: place }))),
      );
      if (count === 1 && asked !== null)
        await other.stores.runs.claimNext(asked.threadId, 'w', now(), new Date(0));
    }
    await other.close();
  }
  const { threadId } = run;
  const { origin } = first;

  // When everything that the stores can do for a thread is done
  const { threads, messages, runs, deliveries, cursors, directory, state, keys, idempotency, files } = stores;
  await observe('threads.find', () => threads.find(threadId));
  await observe('threads.findByOrigin', () => threads.findByOrigin(origin));
  await observe('threads.isKnown', () => threads.isKnown({ ...origin, thread: 'unheard of' }));
  await observe('threads.setMetadata', () => threads.setMetadata(threadId, { plan: 'pro' }, 'a name'));
  await observe('messages.find', () => messages.find(threadId, run.messageId));
  await observe('messages.findBySource', () => messages.findBySource(threadId, first.sourceId));
  await observe('messages.tail', () => messages.tail(threadId, 10));
  await observe('messages.between', () => messages.between(threadId, 0, 5));
  await observe('messages.revise', () => messages.revise(threadId, run.messageId, 'hello again', now()));
  await observe('runs.find', () => runs.find(run));
  await observe('runs.listByThread', () => runs.listByThread(threadId, 10));
  await observe('runs.page', () => runs.page(threadId, { limit: 10, offset: 0 }));
  await observe('runs.underWayAmong', () => runs.underWayAmong([run], now()));
  await observe('runs.openByTrigger', () => runs.openByTrigger(threadId, run.messageId));
  await observe('runs.requestCancel', () =>
    runs.requestCancel({ threadId, runId: 'none' }, 'rollback', now()),
  );
  const claim = () => observe('runs.claimNext', () => runs.claimNext(threadId, 'w', now(), new Date(0)));
  const released = await claim();
  if (released.kind !== 'claimed') throw new Error(released.kind);
  await observe('runs.release', () => runs.release({ ...run, fence: released.run.fence }, now(), false));
  const claimed = await claim();
  if (claimed.kind !== 'claimed') throw new Error(claimed.kind);
  const lease = { threadId, runId: run.runId, fence: claimed.run.fence };
  await observe('runs.heartbeat', () => runs.heartbeat('w', [lease], now()));
  await observe('runs.keepRoute', () => runs.keepRoute(lease, claimed.run));
  const outcome: RunOutcome = {
    status: 'succeeded',
    messages: [{ id: 'answer', role: 'ai', text: 'Yes.', createdAt: now() }],
    error: null,
    usage: null,
    routing: null,
    endedAt: now(),
  };
  await observe('runs.settle', () => runs.settle(lease, outcome));
  await observe('deliveries.find', () => deliveries.find(run));
  const held = await observe('deliveries.claim', () => deliveries.claim(run, 'w', now(), now(), true));
  if (held.kind !== 'claimed') throw new Error(held.kind);
  const deliveryLease: DeliveryLease = { threadId, runId: run.runId, fence: held.delivery.fence };
  const part = { index: 0, messageId: '1.1', hash: 'h' };
  await observe('deliveries.hasEarlierOpen', () => deliveries.hasEarlierOpen(threadId, 9));
  await observe('deliveries.renew', () => deliveries.renew('w', [deliveryLease], now()));
  await observe('deliveries.savePart', () => deliveries.savePart(deliveryLease, part));
  await observe('deliveries.findByPlatformMessage', () => deliveries.findByPlatformMessage(threadId, '1.1'));
  await observe('deliveries.release', () => deliveries.release(deliveryLease));
  const end = {
    status: 'done',
    reason: null,
    edits: 1,
    runEndedAt: now(),
    finalAt: now(),
    parts: [part],
  } as const;
  await observe('deliveries.finish', () => deliveries.finish(deliveryLease, { ...end, parts: [part] }));
  const { budgets, paces, usage } = stores;
  const scope = { projectId: 'default', personId: null, day: '2026-11-26' };
  const some = { tokens: 1, usd: 0 };
  const putAside = { id: 'r', most: some, likely: some, until: new Date(Date.now() + 60_000) };
  await observe('budgets.reserve', () => budgets.reserve(scope, { tokens: 9, usd: null }, putAside, now()));
  await observe('budgets.renew', () => budgets.renew(scope, 'r', now()));
  await observe('budgets.settle', () => budgets.settle(scope, 'r', some));
  const asking = { projectId: 'default', personId: 'slack:T1:U1', messageKey: 'm', sentAt: now() };
  await observe('paces.take', () => paces.take(asking, { most: 1, windowMs: 60_000 }));
  await observeAssistants(engine, observe);
  await observe('cursors.save', () => cursors.save(new Map([['slack:C1', '1']])));
  await observe('cursors.load', () => cursors.load(['slack:C1', 'slack:C2']));
  await observe('state.update', () =>
    state.update(
      threadId,
      {
        messages: [
          { id: 'answer', role: 'ai', text: 'No.', createdAt: now() },
          { id: 'added', role: 'system', text: 'Be brief.', createdAt: now() },
        ],
        removed: [run.messageId],
        values: { stage: 'asked' },
        asNode: null,
      },
      now(),
    ),
  );
  await observe('state.checkpoints', () => state.checkpoints(threadId, 9, 10));
  await observe('state.valuesAt', () => state.valuesAt(threadId, 3));
  await observe('directory.find', () => directory.find('default', threadId));
  await observe('directory.update', () => directory.update('default', threadId, { name: 'n' }, now()));
  await observe('directory.create', () => directory.create(MADE, now()));
  const key = { id: 'k1', projectId: 'default', scope: 'read', name: null, hint: 'tr_a' } as const;
  await observe('keys.create', () => keys.create({ ...key, createdAt: now(), revokedAt: null }, 'hash'));
  await observe('keys.findByHash', () => keys.findByHash('hash'));
  const request = { projectId: 'default', key: 'once', fingerprint: 'f' };
  for (let count = 0; count < 2; count += 1) {
    await observe('idempotency.claim', () => idempotency.claim(request, randomUUID(), now(), new Date(0)));
  }
  await observe('idempotency.forget', () => idempotency.forget(request));
  await observe('idempotency.claim', () => idempotency.claim(request, randomUUID(), now(), new Date(0)));
  const kept = { status: 201, headers: {}, body: '{}' };
  await observe('idempotency.keep', () => idempotency.keep(request, kept));
  const file = fileOf(threadId, run);
  // GridFS looks for its indexes before the first one.
  await files.save({ ...file, id: 'other', attachmentId: 'F0' }, { bytes: new Uint8Array([1]), text: null });
  await observe('files.save', () => files.save(file, { bytes: new Uint8Array([1]), text: 'a' }));
  await observe('files.list', () => files.list(threadId));
  await observe('files.show', () => files.show(threadId, 'F1', ['answer']));
  await observe('files.bytes', () => files.bytes(threadId, file.id));
  await observe('files.text', () => files.text(threadId, file.id));
  const ids = { threadId: 'copy', newId: randomUUID, newFileId: randomUUID };
  await observe('directory.copy', () => directory.copy('default', threadId, ids, now()));
  await observe('files.deleteOfMessages', () => files.deleteOfMessages(threadId, [run.messageId, 'answer']));
  await observe('messages.redact', () => messages.redact(threadId, [run.messageId], now()));
  await observe('threads.close', () => threads.close(threadId, 'channel_deleted', now()));
  await observe('threads.delete', () => threads.delete(threadId));

  // Then each command was one for the shards of its thread, but for those that ask about all of them
  expect(commands.length).toBeGreaterThan(60);
  expect(commands.filter(({ isTargeted }) => !isTargeted)).toEqual([]);
  const methods = Object.entries(stores).flatMap(([store, each]) =>
    Object.keys(each).map((method) => `${store}.${method}`),
  );
  expect([...observed, ...Object.keys(ASK_EVERY_SHARD)].toSorted()).toEqual(methods.toSorted());
  commands.splice(0);
  await observe('runs.overdueThreads', () => runs.overdueThreads(now(), now(), 10));
  await observe('usage.since', () => usage.since('2026-11-26', 'default'));
  expect(commands.map(({ isTargeted }) => isTargeted)).toEqual([false, false, false]);
});

function fileOf(threadId: string, { messageId, runId }: { messageId: string; runId: string }): ThreadFile {
  return {
    id: 'file',
    threadId,
    projectId: 'default',
    attachmentId: 'F1',
    messageIds: [messageId],
    runId,
    name: 'a.txt',
    mediaType: null,
    sizeBytes: 1,
    status: 'text',
    problem: null,
    tries: 0,
    summary: 'a',
    characters: 1,
    createdAt: new Date(),
  };
}

const startedOrNull = (result: IngestResult) => (result.kind === 'run' ? result : null);
