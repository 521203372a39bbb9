import { randomUUID } from 'node:crypto';
import { fc } from '../../fixtures/fast-check.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StaleAttemptError, ThreadrelayError } from '../../../src/core/errors.ts';
import type { RunOutcome } from '../../../src/core/ports.ts';
import type { RunStatus } from '../../../src/core/runs/run-lifecycle.ts';
import type { CancelAction } from '../../../src/core/runs/run.ts';
import { createStores, type Database, openDatabase, type Stores } from '../../../src/store/index.ts';
import { promise } from '../../fixtures/promise.ts';
import { testDatabase } from '../../fixtures/stores.ts';

let database: Database;
let stores: Stores;
beforeAll(async () => {
  database = await openDatabase({ uri: testDatabase() });
  stores = createStores(database);
});
afterAll(() => database.close());

/** Runs and leases are named by a number that is taken modulo how many there are. */
type Command =
  | { do: 'admit' }
  | { do: 'claim'; takesStale: boolean }
  | { do: 'settle'; lease: number; status: RunOutcome['status'] }
  | { do: 'release'; lease: number; waitSeconds: number; counts: boolean }
  | { do: 'cancel'; run: number; action: CancelAction };

const pick = fc.nat(1_000);
/** Mostly the newest lease, so that runs come to an end, else any: those are the stale ones. */
const lease = fc.oneof({ weight: 2, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: pick });
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Command>({ do: 'admit' }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('claim' as const), takesStale: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      lease,
      status: fc.constantFrom(
        'succeeded' as const,
        'failed' as const,
        'timed_out' as const,
        'cancelled' as const,
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('release' as const),
      lease,
      waitSeconds: fc.constantFrom(0, 3),
      counts: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('cancel' as const),
      run: pick,
      action: fc.constantFrom('interrupt' as const, 'discard' as const, 'rollback' as const),
    }),
  },
);

type ModelRun = {
  id: string;
  status: RunStatus;
  fence: number;
  attempt: number;
  availableAt: number;
  cancel: CancelAction | null;
};

/** What the store should do, said as plainly as possible. Time is in seconds. */
class Model {
  readonly runs: ModelRun[] = [];
  readonly leases: { runId: string; fence: number }[] = [];

  admit(id: string, now: number): void {
    this.runs.push({ id, status: 'queued', fence: 0, attempt: 0, availableAt: now, cancel: null });
  }

  claim(now: number, takesStale: boolean): string {
    const running = this.runs.find(({ status }) => status === 'running');
    const queued = this.runs.find(({ status }) => status === 'queued');
    const taken = running !== undefined && takesStale ? running : queued;
    if (taken === undefined) return 'nothing';
    if (taken !== running) {
      if (taken.availableAt > now) return 'later';
      if (running !== undefined) return 'busy';
    }
    taken.status = 'running';
    taken.fence += 1;
    taken.attempt += 1;
    this.leases.push({ runId: taken.id, fence: taken.fence });
    return `claimed ${taken.id} ${taken.fence}`;
  }

  /** The run, if the lease may still write. */
  held({ runId, fence }: { runId: string; fence: number }): ModelRun | undefined {
    return this.runs.find((run) => run.id === runId && run.status === 'running' && run.fence === fence);
  }

  settle(run: ModelRun | undefined, status: RunOutcome['status']): 'done' | 'stale' | 'unwanted' {
    if (run === undefined) return 'stale';
    const isToBeForgotten = run.cancel === 'rollback' || run.cancel === 'discard';
    if (status === 'succeeded' && isToBeForgotten) return 'unwanted';
    run.status = status;
    return 'done';
  }

  cancel(run: ModelRun, action: CancelAction): string {
    if (run.status !== 'queued' && run.status !== 'running') return 'unknown';
    run.cancel = action;
    if (run.status === 'running') return 'requested';
    run.status = 'cancelled';
    return 'cancelled';
  }
}

const at = (seconds: number) => new Date(1_700_000_000_000 + seconds * 1_000);
const NEVER_STALE = new Date(0);

async function play(commands: readonly Command[]): Promise<void> {
  const threadId = randomUUID();
  const model = new Model();
  const outcomeOf = async (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: unknown) => {
        if (error instanceof StaleAttemptError) return 'stale';
        if (error instanceof ThreadrelayError && error.code === 'conflict') return 'unwanted';
        throw error;
      },
    );

  for (const [index, command] of [{ do: 'admit' } as Command, ...commands].entries()) {
    const now = index + 1;
    switch (command.do) {
      case 'admit': {
        const id = randomUUID();
        model.admit(id, now);
        await admit(threadId, id, at(now));
        break;
      }
      case 'claim': {
        const staleBefore = command.takesStale ? at(now + 1) : NEVER_STALE;
        const claim = await stores.runs.claimNext(threadId, `worker-${index}`, at(now), staleBefore);
        const answer = claim.kind === 'claimed' ? `claimed ${claim.run.id} ${claim.run.fence}` : claim.kind;
        expect(answer).toBe(model.claim(now, command.takesStale));
        break;
      }
      case 'settle':
      case 'release': {
        const lease = model.leases.at(command.lease === -1 ? -1 : command.lease % (model.leases.length || 1));
        if (lease === undefined) continue;
        const run = model.held(lease);
        const mine = { threadId, ...lease };
        if (command.do === 'settle') {
          const outcome: RunOutcome = {
            status: command.status,
            messages: [{ id: randomUUID(), role: 'ai', text: `of fence ${lease.fence}`, createdAt: at(now) }],
            error: null,
            usage: null,
            routing: null,
            endedAt: at(now),
          };
          const expected = model.settle(run, command.status);
          expect(await outcomeOf(stores.runs.settle(mine, outcome))).toBe(expected);
        } else {
          const availableAt = now + command.waitSeconds;
          const work = stores.runs.release(mine, at(availableAt), command.counts);
          expect(await outcomeOf(work)).toBe(run === undefined ? 'stale' : 'done');
          if (run !== undefined) {
            Object.assign(run, {
              status: 'queued',
              availableAt,
              attempt: run.attempt - (command.counts ? 0 : 1),
            });
          }
        }
        break;
      }
      case 'cancel': {
        const run = model.runs[command.run % model.runs.length];
        if (run === undefined) continue;
        const answer = await stores.runs.requestCancel({ threadId, runId: run.id }, command.action, at(now));
        expect(answer).toBe(model.cancel(run, command.action));
        break;
      }
    }
    const stored = (await stores.runs.listByThread(threadId, 100)).reverse();
    const facts = ({ id, status, fence, attempt, cancel }: ModelRun) => ({
      id,
      status,
      fence,
      attempt,
      cancel,
    });
    expect(stored.map((run) => facts({ ...run, availableAt: 0 }))).toEqual(model.runs.map(facts));
    expect(stored.filter(({ status }) => status === 'running').length).toBeLessThanOrEqual(1);
    const open = model.runs.filter(({ status }) => status === 'queued' || status === 'running').length;
    expect((await stores.threads.find(threadId))?.openRuns).toBe(open);
  }
  // Of each run at most one answer: a refused settlement left nothing behind.
  const said = (await stores.messages.tail(threadId, 200)).filter(({ role }) => role === 'ai');
  const settled = model.runs.filter(
    ({ status, fence }) => status !== 'queued' && status !== 'running' && fence > 0,
  );
  expect(new Set(said.map(({ runId }) => runId)).size).toBe(said.length);
  expect(said.length).toBeLessThanOrEqual(settled.length);
}

async function admit(threadId: string, runId: string, now: Date): Promise<void> {
  await stores.inbox.admit({
    thread: {
      id: threadId,
      projectId: 'default',
      assistantId: 'support',
      name: null,
      metadata: {},
      origin: null,
    },
    messages: [{ id: randomUUID(), role: 'human', text: 'hello', createdAt: now }],
    plan: () => ({
      kind: 'run',
      strategy: 'enqueue',
      deliver: null,
      run: {
        id: runId,
        idempotencyKey: runId,
        assistantId: 'support',
        priority: 0,
        createdAt: now,
        availableAt: now,
        metadata: {},
      },
    }),
  });
}

const STORED = 'stored runs: fences grow, stale writes are refused, one runs at a time';
promise(10, STORED, { tries: 1_000, timeoutMs: 400_000 }, async ({ count, passed }) => {
  await fc.assert(fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 30 }), play), {
    numRuns: count,
    endOnFailure: true,
  });
  passed(count);
});

test('a hundred claims at one moment: one is given, and each later one a higher fence', async () => {
  const threadId = randomUUID();
  await admit(threadId, randomUUID(), at(1));
  await admit(threadId, randomUUID(), at(2));
  for (const round of [1, 2, 3]) {
    const claims = await Promise.all(
      Array.from({ length: 100 }, (_, index) => {
        const staleBefore = index === 0 && round > 1 ? at(10 + round) : NEVER_STALE;
        return stores.runs.claimNext(threadId, `worker-${index}`, at(10 + round), staleBefore);
      }),
    );
    const given = claims.flatMap((claim) => (claim.kind === 'claimed' ? [claim.run.fence] : []));
    expect(given).toEqual([round]);
  }
});
