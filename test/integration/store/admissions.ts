import { randomUUID } from 'node:crypto';
import type { Admission } from '../../../src/core/ports.ts';
import type { MultitaskStrategy } from '../../../src/core/runs/run.ts';
import type { Database } from '../../../src/store/index.ts';

/** How many commands the driver sends meanwhile. */
export async function commandsOf(database: Database, work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const client = database.connection.getClient();
  const started = () => {
    count += 1;
  };
  client.on('commandStarted', started);
  await work();
  client.off('commandStarted', started);
  return count;
}

/** Where a message goes, and what it starts there. */
type Changes = { threadId?: string; post?: string; sourceId?: string; strategy?: MultitaskStrategy };

export function admission({ threadId, post, sourceId, strategy = 'enqueue' }: Changes = {}): Admission {
  const createdAt = new Date();
  const id = randomUUID();
  const origin =
    post === undefined ? null : ({ platform: 'discord', tenant: 'g', channel: 'f', thread: post } as const);
  return {
    thread: {
      id: threadId ?? randomUUID(),
      projectId: 'default',
      assistantId: 'echo',
      name: null,
      metadata: {},
      origin,
    },
    messages: [{ id, role: 'human', text: id, createdAt, ...(sourceId === undefined ? {} : { sourceId }) }],
    plan: () => ({
      kind: 'run',
      strategy,
      deliver: { replyTo: null },
      run: {
        id: randomUUID(),
        idempotencyKey: `message:${id}`,
        assistantId: 'echo',
        priority: 0,
        createdAt,
        availableAt: createdAt,
        metadata: {},
      },
    }),
  };
}
