import type { z } from 'zod';
import { type Thread, threadStatus } from '../../../core/threads/thread.ts';
import { presentInterrupts } from './interrupts.ts';
import type { thread } from '../schemas/thread.ts';

export type ThreadView = z.output<typeof thread>;

export function presentThread(thread: Thread): ThreadView {
  const updatedAt = thread.updatedAt.toISOString();
  const status = threadStatus(thread);
  return {
    thread_id: thread.id,
    created_at: thread.createdAt.toISOString(),
    updated_at: updatedAt,
    state_updated_at: updatedAt,
    metadata: { ...thread.metadata, graph_id: thread.assistantId, assistant_id: thread.assistantId },
    status,
    values: thread.values,
    interrupts: presentInterrupts(thread),
    config: {},
    error: status === 'error' ? 'The last run failed.' : null,
    project_id: thread.projectId,
    assistant_id: thread.assistantId,
    name: thread.name,
    origin: thread.origin,
    closed: thread.closed === null ? null : { ...thread.closed, at: thread.closed.at.toISOString() },
    expires_at: thread.deleteAt?.toISOString() ?? null,
  };
}
