import { afterEach, expect } from 'vitest';
import type { CrashPoint } from '../../../src/core/crash-points.ts';
import { isTerminal } from '../../../src/core/runs/run-lifecycle.ts';
import type { Run } from '../../../src/core/runs/run.ts';
import { spawnWorker, type WorkerProcess } from '../../faults/spawn-worker.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { promise } from '../../fixtures/promise.ts';
import { QUICK } from '../../fixtures/quick-timings.ts';
import { emptyBudgets } from '../delivery/empty-budgets.ts';
import { ECHO, type RelayService, startRelayService } from '../../fixtures/relay-service.ts';

let service: RelayService | null = null;
let workers: WorkerProcess[] = [];
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  workers = [];
  await service?.close();
  service = null;
});

/** One attempt dies at each of the three. */
const POINTS: readonly (readonly CrashPoint[])[] = [
  ['run.claimed', 'run.before_first_event', 'run.after_first_event'],
  ['run.after_first_event', 'run.before_settle', 'run.before_settle'],
  ['run.before_settle', 'run.claimed', 'run.claimed'],
];

/** Many runs and processes on two cores: what merely waits for its turn is not to be taken for dead. */
const PATIENT = { heartbeatStaleMs: 4_000, deliveryLeaseMs: 4_000, jobLockMs: 4_000 };

/** Runs that are killed together: fewer than one process executes at once. */
const BATCH = 20;

promise(13, '', { tries: 100, timeoutMs: 400_000 }, async ({ count: total, passed }) => {
  service = await startRelayService({
    config: ECHO,
    roles: [['slack']],
    discord: false,
    slack: { limits: false },
    timings: { ...QUICK, ...PATIENT },
  });
  const { slack, stores, environment } = service;
  const user = slack.addUser({ name: 'Ada' });

  for (let done = 0, round = 0; done < total; done += BATCH, round += 1) {
    const count = Math.min(BATCH, total - done);
    // Given runs that wait for a worker
    const asked = Array.from({ length: count }, (_, index) => {
      const channel = slack.addChannel({ name: `support-${done + index}` });
      return { channel: channel.id, ts: slack.say({ channel: channel.id, user: user.id, text: 'hello' }).ts };
    });
    const waiting = await Promise.all(
      asked.map(async ({ channel, ts }) => {
        const origin = { platform: 'slack', tenant: slack.teamId, channel, thread: ts } as const;
        const thread = await eventually(() => stores.threads.findByOrigin(origin), 'the thread is stored');
        return eventually(async () => (await stores.runs.listByThread(thread.id, 1))[0] ?? null, 'a run');
      }),
    );
    // When every attempt's process is killed
    for (const crashAt of POINTS[round % POINTS.length] ?? []) {
      const worker = spawnWorker({
        environment,
        config: ECHO,
        roles: ['worker'],
        crashAt,
        nth: count,
        // Their last attempts too are to be killed together.
        timings: { ...PATIENT, lastChancesAtOnce: BATCH },
        hold: true,
      });
      workers.push(worker);
      expect(await worker.ended).toBe('SIGKILL');
    }
    // Then the next worker ends the runs at once
    // What was read back from Slack in earlier rounds is not to be waited for.
    await emptyBudgets(service);
    const healthy = await service.addService(['worker']);
    const since = Date.now();
    const ended = await Promise.all(
      waiting.map((run) =>
        eventually(
          async (): Promise<Run | null> => {
            const found = await stores.runs.find({ threadId: run.threadId, runId: run.id });
            return found !== null && isTerminal(found.status) ? found : null;
          },
          `run ${run.id} ends`,
          30_000,
        ),
      ),
    );
    const endedAfterMs = Date.now() - since;
    expect(endedAfterMs).toBeLessThan(120_000);
    for (const run of ended) {
      const { status, error, fence } = run;
      expect(`${status} ${error?.code} ${fence}`).toBe('failed attempts_exhausted 4');
    }
    await Promise.all(
      ended.map((run) =>
        eventually(
          async () => {
            const delivery = await stores.deliveries.find({ threadId: run.threadId, runId: run.id });
            return delivery?.status === 'done' ? delivery : null;
          },
          'the failure is delivered',
          30_000,
        ),
      ),
    );
    // And a person reads the failure once, with a way to retry
    asked.forEach(({ channel, ts }, index) => {
      const [, ...answers] = slack.thread(channel, ts);
      expect(answers.map(({ visible }) => visible)).toEqual([`⚠️ ${ended[index]?.error?.message}`]);
      expect(answers[0]?.visible).toContain('Send your message again to retry.');
    });
    await healthy.stop();
    passed(count, endedAfterMs);
  }
  expect(slack.violations).toEqual([]);
});
