import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { TIMINGS } from '../../../../src/core/timings.ts';
import { type ApiService, startApiService } from '../../../fixtures/api-service.ts';
import { eventually } from '../../../fixtures/eventually.ts';
import { asProgram, driveRun } from './run-driver.ts';

vi.setConfig({ testTimeout: 60_000 });

/** How many streams are open, as an operator counts them. */
let open = 0;
let api: ApiService;
let program: ReturnType<typeof asProgram>;
beforeAll(async () => {
  api = await startApiService({
    workers: 0,
    timings: TIMINGS,
    telemetry: {
      requestEnded() {},
      streamOpened() {
        open += 1;
      },
      streamClosed() {
        open -= 1;
      },
    },
  });
  program = asProgram(api);
});
afterAll(() => api.close());

const noneOpen = () => eventually(() => (open === 0 ? true : null), 'all streams are closed');

describe('a reader of a run', () => {
  test('that hears nothing gets a heartbeat every five seconds, which no client takes for an event', async () => {
    const threadId = await program.thread();
    const reader = await program.stream(`/threads/${threadId}/runs/stream`, program.question('Hi'));
    const waiting = fetch(`${api.url}/threads/${threadId}/runs/wait`, {
      method: 'POST',
      headers: { 'x-api-key': api.keys.default.write, 'content-type': 'application/json' },
      body: JSON.stringify(program.question('More')),
    });
    const begun = performance.now();
    await eventually(() => (reader.comments.length >= 2 ? true : null), 'two heartbeats', 15_000);
    expect(performance.now() - begun).toBeGreaterThan(9_000);
    // After the greeting, which tells who has started a run that it is stored.
    expect(reader.raw()).toMatch(/^id: 1-1\.0\nevent: metadata\ndata: .+\n\n: heartbeat\n: heartbeat\n$/);
    for (const _ of [1, 2]) {
      const driven = await driveRun(api, threadId);
      await driven.say('Hello');
      await driven.succeed();
    }
    expect((await reader.ended).at(-1)?.event).toBe('end');
    // Who waits for the outcome gets white space meanwhile, which JSON allows.
    const text = await (await waiting).text();
    expect(text).toMatch(/^\n+\{/);
    expect(JSON.parse(text).messages).toHaveLength(4);
  });

  test('leaves nothing behind when it goes, and is counted while it is there', async () => {
    const threadId = await program.thread();
    const ref = await program.start(threadId, 'Hi');
    await noneOpen();
    const timers = () => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
    const before = timers();
    const readers = await Promise.all(Array.from({ length: 50 }, () => program.join(ref)));
    expect(open).toBe(50);
    // One timer for all heartbeats and one for all that is silent; commands that are under way have some of their own.
    await eventually(() => (timers() <= before + 5 ? true : null), 'no reader has a timer of its own');
    for (const reader of readers) reader.cut();
    await noneOpen();
    await eventually(() => (timers() <= before + 2 ? true : null), 'no timer is left');
  });

  test('costs little while it waits: 500 of them stay under 40 MB, and leave nothing', async () => {
    const paths = (await queuedRuns(50)).flatMap((path) => Array.from({ length: 10 }, () => path));
    // The first ones make what is kept for good.
    await closed(await openIdle(paths));
    const before = memory();
    const idle = await openIdle(paths);
    // The clients of the test are counted in.
    expect((memory() - before) / 2 ** 20).toBeLessThan(40);
    await closed(idle);
    await eventually(() => (memory() - before < 5 * 2 ** 20 ? true : null), 'their memory is free');
  });

  /** Addresses of streams of runs that nobody begins. */
  async function queuedRuns(count: number): Promise<string[]> {
    const threadId = await program.thread();
    const runs = await Promise.all(Array.from({ length: count }, () => program.start(threadId, 'Hi')));
    return runs.map(({ runId }) => `/threads/${threadId}/runs/${runId}/stream`);
  }

  const openIdle = (paths: readonly string[]) => Promise.all(paths.map((path) => openRaw(path)));

  async function closed(sockets: readonly Socket[]): Promise<void> {
    for (const socket of sockets) socket.destroy();
    await noneOpen();
  }
});

describe('a reader that takes nothing', () => {
  test('is cut after a while, and goes on where it was', async () => {
    const threadId = await program.thread();
    const ref = await program.start(threadId, 'Hi', { stream_mode: ['messages-tuple', 'messages'] });
    const driven = await driveRun(api, threadId);
    const fast = await program.join(ref);
    const slow = await program.join(ref);
    await slow.has(1);
    slow.pause();
    // More than the network holds back by itself.
    for (let word = 0; word < 400; word += 1) await driven.say('x'.repeat(200));
    await fast.first(({ id }) => id === '1-401');
    await eventually(() => (open === 1 ? true : null), 'the slow reader is cut', 45_000);
    slow.resume();
    await expect(slow.ended).rejects.toThrow();
    const last = slow.frames.at(-1)?.id ?? '';
    const rest = await program.join(ref, { lastEventId: last });
    await driven.succeed();
    const [whole, others] = await Promise.all([fast.ended, rest.ended]);
    expect([...slow.frames, ...others].map(({ id }) => id)).toEqual(whole.map(({ id }) => id));
  });
});

describe('a process that stops', () => {
  test('lets its readers go to another one, and cancels none of their runs', async () => {
    const cancelled: string[] = [];
    let closed = 0;
    const stopping = await startApiService({
      workers: 0,
      telemetry: {
        requestEnded() {},
        streamOpened() {},
        streamClosed() {
          closed += 1;
        },
      },
      parts: ({ runs }) => ({
        runs: {
          ...runs,
          requestCancel(ref, ...wish) {
            cancelled.push(ref.runId);
            return runs.requestCancel(ref, ...wish);
          },
        },
      }),
    });
    const its = asProgram(stopping);
    const body = { ...its.question('Hi'), on_disconnect: 'cancel' };
    const [left, cut] = await Promise.all([
      its.stream('/runs/stream', body),
      its.stream('/runs/stream', body),
    ]);
    left.cut();
    const leftRun = left.headers['content-location']?.split('/').at(-1);
    await eventually(() => (cancelled.length > 0 ? true : null), 'the run whose client left is cancelled');
    await stopping.stopServing();
    // The client sees that there is more to come.
    await expect(cut.ended).rejects.toThrow();
    await eventually(() => (closed === 2 ? true : null), 'both streams are closed');
    expect(cancelled).toEqual([leftRun]);
    await stopping.close();
  });
});

function openRaw(path: string): Promise<Socket> {
  const { port } = new URL(api.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.write(`GET ${path} HTTP/1.1\r\nhost: here\r\nx-api-key: ${api.keys.default.read}\r\n\r\n`);
    });
    socket.once('data', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Bytes that are in use, without what only waits to be collected. */
function memory(): number {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
