import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { openConnection } from './http-connection.ts';
import { makeThread, question } from './http-load.ts';
import { admit, type Load } from './load.ts';

type Door = { url: string; key: string };

/** Later than any bench ends. */
const NEVER_S = 86_400;

/** Opens readers of runs that have not begun, each of one of its own, and answers when all of them follow. */
export async function openIdleReaders(
  door: Door,
  assistant: string,
  count: number,
): Promise<{ close(): void }> {
  const connections = await Promise.all(
    Array.from({ length: count }, () => openConnection(door.url, door.key)),
  );
  for (const connection of connections) {
    const threadId = await makeThread(connection, assistant);
    const { status, body } = await connection.ask('POST', `/threads/${threadId}/runs`, {
      ...question(assistant),
      after_seconds: NEVER_S,
    });
    if (status !== 200) throw new Error(`no run was started: ${status} ${body}`);
    const path = `/threads/${threadId}/runs/${JSON.parse(body).run_id}/stream`;
    // The stream never ends by itself, and nothing is to be heard of it.
    connection.ask('GET', path, undefined, () => {}).catch(() => undefined);
  }
  return {
    close() {
      for (const connection of connections) connection.close();
    },
  };
}

/** Between two events at random, so that they meet whatever ticks in the service at any moment of it. */
const APART_MS = { least: 4, most: 12 };

/**
 * Appends events to the stream of a run as the worker does that executes it, and tells how long after each a reader over
 * HTTP had it, in milliseconds.
 */
export async function timeAppends(load: Load, door: Door, count: number): Promise<number[]> {
  const { stores, queues } = load;
  const { threadId, runId } = await admit(load, { withRun: true });
  const workerId = randomUUID();
  const claim = await stores.runs.claimNext(threadId, workerId, new Date(), new Date(0));
  if (claim.kind !== 'claimed') throw new Error('the run of the reader was taken by another');
  const lease = { threadId, runId, fence: claim.run.fence };
  const writer = queues.events.writer(lease);
  const connection = await openConnection(door.url, door.key);
  const times: number[] = [];
  let appended: { at: number; mark: string; heard: () => void } | null = null;

  const path = `/threads/${threadId}/runs/${runId}/stream?stream_mode=messages-tuple`;
  const reading = connection.ask('GET', path, undefined, (piece) => {
    if (appended === null || !piece.includes(appended.mark)) return;
    times.push(performance.now() - appended.at);
    appended.heard();
  });
  reading.catch(() => undefined);
  let offset = 0;
  for (let index = 0; index < count; index += 1) {
    const delta = `event${index}. `;
    const heard = new Promise<void>((resolve) => {
      appended = { at: performance.now(), mark: delta, heard: resolve };
    });
    writer.emit({ type: 'text', delta, offset });
    offset += delta.length;
    await Promise.all([writer.flush(), heard]);
    if (index % 100 === 0) await stores.runs.heartbeat(workerId, [lease], new Date());
    await pause(APART_MS.least + Math.random() * (APART_MS.most - APART_MS.least));
  }
  await stores.runs.settle(lease, {
    status: 'cancelled',
    messages: [],
    error: null,
    usage: null,
    routing: null,
    endedAt: new Date(),
  });
  connection.close();
  return times;
}
