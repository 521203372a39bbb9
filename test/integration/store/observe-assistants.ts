import { randomUUID } from 'node:crypto';
import type { Approval } from '../../../src/core/approval/approval.ts';
import type { KnowledgeDocument } from '../../../src/core/knowledge/knowledge.ts';
import type { NewRunRecord } from '../../../src/core/ports.ts';
import type { Stores } from '../../../src/store/index.ts';
import { startedRun } from '../../fixtures/run-ends.ts';
import { incoming, type RunEngine } from '../../fixtures/run-engine.ts';

type Observe = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** Does all that the stores can do for what assistants know, remember, ask people for and were sent. */
export async function observeAssistants(engine: RunEngine, observe: Observe): Promise<void> {
  const { stores, ingest } = engine;
  const run = startedRun(await ingest.message(incoming({})));
  await observeApprovals(stores, run, observe);
  await observeLongThreads(stores, run.threadId, observe);
  await observeMemories(stores, observe);
  await observeKnowledge(stores, observe);
  const { records } = stores;
  await observe('records.add', () => records.add(recordOf(run)));
  await observe('records.find', () => records.find(run));
}

type Started = ReturnType<typeof startedRun>;

async function observeApprovals(stores: Stores, run: Started, observe: Observe): Promise<void> {
  const { approvals, runs, deliveries } = stores;
  const { threadId, runId } = run;
  const now = new Date();
  const claimed = await runs.claimNext(threadId, 'w', now, new Date(0));
  if (claimed.kind !== 'claimed') throw new Error(claimed.kind);
  const lease = { threadId, runId, fence: claimed.run.fence };
  await observe('approvals.ask', () => approvals.ask(lease, asking(now)));
  const held = await deliveries.claim(run, 'w', now, new Date(now.getTime() + 60_000), false);
  if (held.kind !== 'claimed') throw new Error(held.kind);
  const delivery = { threadId, runId, fence: held.delivery.fence };
  await observe('approvals.park', () => approvals.park(delivery, [0], now));
  const decision = { approved: true, by: 'U1', name: 'Ada', note: null };
  await observe('approvals.decide', () => approvals.decide(run, [{ call: 0, decision }], now));
  await observe('approvals.lastAsked', () => approvals.lastAsked(threadId, { callId: 'c1' }));
}

function asking(askedAt: Date): Approval {
  return {
    calls: [{ id: 'c1', name: 'refund', args: {}, by: null, decision: null }],
    said: [],
    usage: null,
    askedBy: null,
    askedAt,
    expiresAt: new Date(askedAt.getTime() + 60_000),
  };
}

async function observeLongThreads({ longThreads }: Stores, threadId: string, observe: Observe) {
  const begun = await observe('longThreads.beginSummary', () => longThreads.beginSummary(threadId));
  if (begun === null) throw new Error('there is no thread to summarise');
  const summary = { ...begun, upToSeq: 1, messages: 1, text: 'They said hello.', tokens: 5 };
  await observe('longThreads.saveSummary', () => longThreads.saveSummary(summary));
  await observe('longThreads.summary', () => longThreads.summary(threadId));
  await observe('longThreads.pinned', () => longThreads.pinned(threadId, ['m1']));
}

async function observeMemories({ memories }: Stores, observe: Observe): Promise<void> {
  const projectId = 'default';
  const subject = 'slack:T1:U1';
  const at = new Date();
  const memory = { id: randomUUID(), projectId, subject, text: 'Likes tea.', source: null, createdAt: at };
  await observe('memories.remember', () => memories.remember(memory));
  await observe('memories.list', () => memories.list(projectId, subject, 10));
  await observe('memories.find', () => memories.find(projectId, memory.id, subject));
  const change = { projectId, id: memory.id, subject, text: 'Likes coffee.', at };
  await observe('memories.correct', () => memories.correct(change));
  await observe('memories.forget', () => memories.forget(projectId, memory.id, subject));
  await observe('memories.eraseSubject', () => memories.eraseSubject(projectId, subject));
}

async function observeKnowledge({ knowledge }: Stores, observe: Observe): Promise<void> {
  const ref = { projectId: 'default', name: 'docs' };
  const chunk = {
    id: 'chunk',
    documentId: 'document',
    ordinal: 0,
    heading: '',
    line: 1,
    text: 'Tea is served at four.',
    vector: null,
    embeddedBy: null,
  };
  await observe('knowledge.put', () =>
    knowledge.put(ref, [{ document: DOCUMENT, chunks: [chunk] }], new Date()),
  );
  await observe('knowledge.version', () => knowledge.version(ref));
  await observe('knowledge.chunksOf', () => readAll(knowledge.chunksOf([DOCUMENT.id])));
  await observe('knowledge.remove', () => knowledge.remove(ref, [DOCUMENT.id], new Date()));
}

async function readAll(items: AsyncIterable<unknown>): Promise<void> {
  for await (const each of items) if (each === null) throw new Error('there is nothing');
}

const DOCUMENT: KnowledgeDocument = {
  id: 'document',
  source: 'tea.md',
  title: 'Tea',
  link: null,
  kind: 'markdown',
  hash: 'h',
  root: null,
  chunks: 1,
  addedAt: new Date(),
};

function recordOf({ threadId, runId }: Started): NewRunRecord {
  return {
    threadId,
    runId,
    projectId: 'default',
    assistantId: 'support',
    assistantVersion: '0123456789ab',
    instructions: '',
    fence: 1,
    steps: [],
    createdAt: new Date(),
  };
}
