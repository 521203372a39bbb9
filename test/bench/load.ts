import { randomUUID } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { TIMINGS } from '../../src/core/timings.ts';
import { openQueues, type Queues } from '../../src/queue/index.ts';
import { createStores, type Database, openDatabase, type Stores } from '../../src/store/index.ts';
import type { Lab } from './lab.ts';

/** The stores and queues of the service, opened by the process that makes the load. */
export type Load = { database: Database; stores: Stores; queues: Queues };

/** First part of the service's keys in Redis. */
const REDIS_PREFIX = 'threadrelay';

export async function openLoad(lab: Lab): Promise<Load> {
  const database = await openDatabase({ uri: lab.mongodbUri });
  lab.onClose(() => database.close());
  const queues = await openQueues({
    url: lab.redisUrl,
    prefix: REDIS_PREFIX,
    timings: TIMINGS,
    newId: randomUUID,
    onError: (error) => lab.say(`redis of the load: ${String(error)}`),
  });
  lab.onClose(() => queues.close());
  return { database, stores: createStores(database), queues };
}

/** Takes in a message without a platform, in a new thread or in the one given, with the run that it sets off or without. */
export async function admit(
  { stores }: Load,
  { threadId = uuidv7(), withRun }: { threadId?: string; withRun: boolean },
): Promise<{ threadId: string; runId: string }> {
  const createdAt = new Date();
  const [messageId, runId] = [uuidv7(), uuidv7()];
  const run = {
    id: runId,
    idempotencyKey: `message:${messageId}`,
    assistantId: 'bench',
    priority: 0,
    createdAt,
    availableAt: createdAt,
    metadata: {},
  };
  await stores.inbox.admit({
    thread: {
      id: threadId,
      projectId: 'default',
      assistantId: 'bench',
      name: null,
      metadata: {},
      origin: null,
    },
    messages: [{ id: messageId, role: 'human', text: 'hello', createdAt }],
    plan: () =>
      withRun ? { kind: 'run', strategy: 'enqueue', deliver: null, run } : { kind: 'message_only' },
  });
  return { threadId, runId };
}

/** Makes a run as a program does; `createdAt` is the moment when it is stored. */
export async function createRun(
  load: Load,
): Promise<{ threadId: string; runId: string; createdAt: number; ring: () => Promise<void> }> {
  const ref = await admit(load, { withRun: true });
  return {
    ...ref,
    createdAt: performance.now(),
    ring: () => load.queues.doorbells.ringThread(ref.threadId, { priority: 0 }),
  };
}

/** An assistant that says so many words as fast as they can be taken. */
export function scriptedConfig(tokens: number, delayMs: number): string {
  return [
    'projects: { default: {} }',
    'limits: { runs_per_user_per_minute: 0 }',
    'assistants:',
    `  bench: { model: { provider: scripted, tokens: ${tokens}, delay_ms: ${delayMs} } }`,
    'slack: { answer: every_message }',
    'discord: { answer: every_message }',
    '',
  ].join('\n');
}
