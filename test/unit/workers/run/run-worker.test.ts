import { expect, test } from 'vitest';
import { noTools, type RunStore } from '../../../../src/core/ports.ts';
import { plainPrompt } from '../../../../src/core/prompts/plain-prompt.ts';
import type { Run, RunLease } from '../../../../src/core/runs/run.ts';
import type { Thread } from '../../../../src/core/threads/thread.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import { noCrash } from '../../../../src/core/crash-points.ts';
import { silentLogger } from '../../../../src/core/logger.ts';
import { TIMINGS } from '../../../../src/core/timings.ts';
import { createActiveRuns } from '../../../../src/workers/run/active-runs.ts';
import { createRunWorker, type RunWorkerParts } from '../../../../src/workers/run/run-worker.ts';

const THREAD: Thread = {
  id: 't1',
  projectId: 'default',
  assistantId: 'support',
  name: null,
  metadata: {},
  origin: null,
  closed: null,
  lastSeq: 1,
  values: {},
  openRuns: 1,
  lastEnd: 'idle',
  deleteAt: null,
  createdAt: new Date(0),
  updatedAt: new Date(0),
};

const RUN: Run = {
  id: 'r1',
  threadId: 't1',
  projectId: 'default',
  assistantId: 'support',
  ordinal: 1,
  triggerMessageIds: ['m1'],
  idempotencyKey: 'k',
  status: 'running',
  priority: 0,
  attempt: 1,
  fence: 1,
  workerId: 'w1',
  heartbeatAt: new Date(0),
  availableAt: new Date(0),
  cancel: null,
  workflow: null,
  route: null,
  error: null,
  usage: null,
  messageIds: [],
  metadata: {},
  createdAt: new Date(0),
  startedAt: new Date(0),
  endedAt: null,
};

/** A worker of one run whose workflow never ends by itself, on a store that answers when the test says so. */
function workerWith(runs: Partial<RunStore>) {
  const refuse = () => Promise.reject(new Error('not part of this test'));
  const store: RunStore = {
    ...silentStore(),
    heartbeat: () => Promise.resolve({ lost: [], cancel: [] }),
    ...runs,
  };
  const rings: string[] = [];
  const doorbells = {
    ringThread: async (threadId: string) => void rings.push(threadId),
    ringDelivery: async () => {},
  };
  const common = {
    runs: store,
    approvals: { ask: refuse },
    doorbells,
    cancels: { publish: async () => {}, subscribe: () => () => {} },
    events: {
      writer: () => ({ emit: () => {}, flush: async () => {} }),
      follow: () => () => {},
      read: refuse,
    },
    messages: {
      find: refuse,
      findBySource: refuse,
      tail: async () => [],
      between: async () => [],
      revise: refuse,
      redact: refuse,
    },
    clock: systemClock,
    newId: () => 'id',
    timings: { ...TIMINGS, heartbeatMs: 5, drainMs: 20 },
    crash: noCrash,
    logger: silentLogger,
    workerId: 'w1',
  };
  const parts: RunWorkerParts = {
    ...common,
    active: createActiveRuns(common),
    workflows: new Map([
      [
        'assistant',
        { name: 'assistant', description: '', run: () => ({ [Symbol.asyncIterator]: hangingIterator }) },
      ],
    ]),
    rules: () => ({
      routes: [],
      maxAttempts: 3,
      maxMessageCharacters: 1_000,
      assistant: () => ({
        profile: { id: 'support', name: 'support', instructions: '', maxSteps: 8 },
        version: '000000000000',
        prompt: plainPrompt,
        toolbox: () => noTools,
        model: () => ({ stream: refuseToStream }),
      }),
    }),
  };
  return { worker: createRunWorker(parts), rings };
}

function hangingIterator() {
  return { next: () => new Promise<IteratorResult<never>>(() => {}) };
}

function refuseToStream(): never {
  throw new Error('not part of this test');
}

test('a run that is claimed while the worker stops is given back, and its attempt does not count', async () => {
  // Given a claim under way when the worker is told to stop
  const claim = Promise.withResolvers<Awaited<ReturnType<RunStore['claimNext']>>>();
  const released: { lease: RunLease; counts: boolean }[] = [];
  const { worker, rings } = workerWith({
    claimNext: () => claim.promise,
    release: async (lease, _availableAt, counts) => void released.push({ lease, counts }),
  });
  const ring = worker.drainThread('t1');
  const stopped = worker.stop();
  // When the database answers only now
  await stopped;
  claim.resolve({ kind: 'claimed', run: RUN, thread: THREAD });
  await ring;
  // Then another worker can take the run up at once
  expect(released).toEqual([{ lease: { threadId: 't1', runId: 'r1', fence: 1 }, counts: false }]);
  expect(rings).toEqual(['t1']);
});

test('a heartbeat that was answered late does not interrupt the next attempt in the same process', async () => {
  // Given a first attempt whose heartbeat is under way
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Awaited<ReturnType<RunStore['heartbeat']>>>();
  const cancels = { publish: async () => {}, subscribe: () => () => {} };
  const runs = {
    heartbeat: () => {
      asked.resolve();
      return answer.promise;
    },
  };
  const active = createActiveRuns({
    runs: { ...silentStore(), ...runs },
    cancels,
    workerId: 'w1',
    clock: systemClock,
    timings: { heartbeatMs: 1 },
    logger: silentLogger,
  });
  const first = active.begin({ threadId: 't1', runId: 'r1', fence: 1 });
  await asked.promise;
  // When it is given back and claimed again, and then the heartbeat says that fence 1 is lost
  active.end(first);
  const second = active.begin({ threadId: 't1', runId: 'r1', fence: 2 });
  answer.resolve({ lost: [{ threadId: 't1', runId: 'r1' }], cancel: [] });
  await new Promise((resolve) => setImmediate(resolve));
  // Then only the first attempt is stopped
  expect(first.interruption()).toEqual({ kind: 'overtaken' });
  expect(second.interruption()).toBeNull();
  active.close();
});

function silentStore(): RunStore {
  const refuse = () => Promise.reject(new Error('not part of this test'));
  return {
    find: refuse,
    listByThread: refuse,
    page: refuse,
    claimNext: refuse,
    heartbeat: refuse,
    settle: refuse,
    release: refuse,
    keepRoute: refuse,
    requestCancel: refuse,
    openByTrigger: refuse,
    underWayAmong: refuse,
    overdueThreads: refuse,
  };
}
