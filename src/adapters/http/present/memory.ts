import type { z } from 'zod';
import type { Memory } from '../../../core/memory/memory.ts';
import type { memory } from '../schemas/memory.ts';

export function presentMemory({
  id,
  subject,
  text,
  source,
  createdAt,
  updatedAt,
}: Memory): z.output<typeof memory> {
  return {
    memory_id: id,
    subject,
    text,
    source: source === null ? null : { thread_id: source.threadId, message_id: source.messageId },
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}
