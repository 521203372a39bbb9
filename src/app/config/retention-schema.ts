import { z } from 'zod';
import type { RetentionKind } from '../../core/ports.ts';

/** Longer than this is for ever. */
const MOST_DAYS = 36_500;

const days = z.int().min(1).max(MOST_DAYS).optional();

/** How long what belongs to a project is kept. */
export const retentionSchema = z.strictObject({
  messages_days: days.describe(
    'Threads in which nothing has happened for so long are deleted with all that is theirs; in threads that go on, older messages are erased.',
  ),
  files_days: days.describe('Files of threads: content, text and name.'),
  memories_days: days.describe('Facts about people, counted from their last correction.'),
  run_records_days: days.describe('What runs sent to models.'),
});

type RetentionDocument = z.infer<typeof retentionSchema>;

/** Days by kind; a kind that is not there is kept for ever. */
export function toRetention(document: RetentionDocument = {}): ReadonlyMap<RetentionKind, number> {
  const limits: [RetentionKind, number | undefined][] = [
    ['messages', document.messages_days],
    ['files', document.files_days],
    ['memories', document.memories_days],
    ['run_records', document.run_records_days],
  ];
  return new Map(limits.flatMap(([kind, limit]) => (limit === undefined ? [] : [[kind, limit] as const])));
}
