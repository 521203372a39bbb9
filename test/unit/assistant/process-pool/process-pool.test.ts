import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import {
  createProcessPool,
  type ProcessPool,
  type ProcessPoolOptions,
} from '../../../../src/assistant/process-pool/process-pool.ts';
import { ThreadrelayError } from '../../../../src/core/errors.ts';
import { eventually } from '../../../fixtures/eventually.ts';
import { ticksDuring } from '../../../fixtures/ticks.ts';

const fixture = (name: string) => new URL(`../../../fixtures/${name}`, import.meta.url);
const NEVER = new AbortController().signal;

type Answer = { task: string; pid: number; variables: string[] };

const pools: ProcessPool<string, Answer>[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.stop()));
});

function poolOf(options: Partial<ProcessPoolOptions<string>> = {}): ProcessPool<string, Answer> {
  const pool = createProcessPool<string, Answer>({
    module: fixture('odd-work-process.ts'),
    atOnce: 1,
    idleMs: 60_000,
    timeLimitMs: 60_000,
    heapMb: 64,
    residentMb: 512,
    lost: (how, task) => new ThreadrelayError('timed_out', `"${task}" was lost: ${how}`),
    ...options,
  });
  pools.push(pool);
  return pool;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const ended = (pid: number) => eventually(() => (isAlive(pid) ? null : true), `process ${pid} has ended`);

test('a process does one task after the other, and knows nothing of the environment', async () => {
  const pool = poolOf();

  const answers = await Promise.all(['a', 'b', 'c'].map((task) => pool.run(task, NEVER)));

  expect(answers.map(({ task }) => task)).toEqual(['a', 'b', 'c']);
  expect(new Set(answers.map(({ pid }) => pid))).toHaveLength(1);
  expect(answers[0]?.variables).toEqual([]);
});

test('what the work throws is thrown with its code, its sentence and its details', async () => {
  const pool = poolOf();
  const { pid } = await pool.run('which', NEVER);

  await expect(pool.run('throw', NEVER)).rejects.toMatchObject({
    name: 'ThreadrelayError',
    code: 'invalid_input',
    message: 'It is broken.',
    details: { name: 'a.pdf' },
  });
  expect((await pool.run('which', NEVER)).pid).toBe(pid);
});

test('work that hangs is ended when its time is over, and the event loop goes on meanwhile', async () => {
  const timeLimitMs = 1_500;
  const pool = poolOf({ timeLimitMs });
  const undisturbed = await ticksDuring(() => pause(timeLimitMs));

  const ticks = await ticksDuring(() =>
    expect(pool.run('hang', NEVER)).rejects.toThrow('"hang" was lost: too_slow'),
  );

  // A tenth, because it takes one of the machine's processors.
  expect(ticks).toBeGreaterThan(undisturbed / 10);
});

test.each(['fill the heap', 'fill buffers'])(
  'work that would %s loses its process, and only that',
  async (task) => {
    const pool = poolOf();

    await expect(pool.run(task, NEVER)).rejects.toThrow(`"${task}" was lost: too_large`);
    expect((await pool.run('next', NEVER)).task).toBe('next');
  },
);

test('work whose process ends by itself is told as lost', async () => {
  const pool = poolOf();

  await expect(pool.run('exit', NEVER)).rejects.toThrow('"exit" was lost: ended');
  expect((await pool.run('next', NEVER)).task).toBe('next');
});

test('work for which no process can be started is told as lost', async () => {
  const pool = poolOf({ module: fixture('no-such-process.ts') });

  await expect(pool.run('a', NEVER)).rejects.toThrow('"a" was lost: ended');
});

test('work that is cancelled is ended at once, or never begun', async () => {
  const pool = poolOf();
  const { pid } = await pool.run('which', NEVER);
  const [first, second] = [new AbortController(), new AbortController()];
  const hanging = pool.run('hang', first.signal);
  const waiting = pool.run('hang', second.signal);
  const next = pool.run('next', NEVER);

  second.abort(new Error('no more wanted'));
  await expect(waiting).rejects.toThrow('no more wanted');
  first.abort(new Error('stopped'));
  await expect(hanging).rejects.toThrow('stopped');

  await ended(pid);
  expect((await next).task).toBe('next');
  await expect(pool.run('a', first.signal)).rejects.toThrow('stopped');
});

test('a process that has no work goes away, and another one comes with the next', async () => {
  const pool = poolOf({ idleMs: 50 });
  const { pid } = await pool.run('which', NEVER);

  await ended(pid);
  expect((await pool.run('which', NEVER)).pid).not.toBe(pid);
});

test('a process that has grown is used no more: what it kept does not count against the next work', async () => {
  const pool = poolOf({ residentMb: 450 });
  const { pid } = await pool.run('which', NEVER);

  expect(await pool.run('grow', NEVER)).toMatchObject({ pid });

  expect((await pool.run('grow', NEVER)).pid).not.toBe(pid);
});

test('a stop ends what is under way and what waits, and lets nothing begin', async () => {
  const pool = poolOf();
  const { pid } = await pool.run('which', NEVER);
  const lost = ['hang', 'wait'].map((task) =>
    expect(pool.run(task, NEVER)).rejects.toThrow(`"${task}" was lost: ended`),
  );

  await pool.stop();

  await Promise.all(lost);
  expect(isAlive(pid)).toBe(false);
  await expect(pool.run('late', NEVER)).rejects.toThrow('"late" was lost: ended');
});

test('a signal that a terminal sends to all processes does not end work in hand', async () => {
  const pool = poolOf();
  const { pid } = await pool.run('which', NEVER);

  process.kill(pid, 'SIGINT');
  process.kill(pid, 'SIGTERM');

  expect(await pool.run('next', NEVER)).toMatchObject({ task: 'next', pid });
});

test('a process ends with the one that it works for, also when it hangs', async () => {
  const owner = spawn(process.execPath, [fileURLToPath(fixture('pool-owner-process.ts'))], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = await once(owner.stdout.setEncoding('utf8'), 'data');
  const pid = Number(line);
  expect(isAlive(pid)).toBe(true);

  owner.kill('SIGKILL');

  await ended(pid);
});
