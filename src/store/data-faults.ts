import { ThreadrelayError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { AdmissionPlan, NewRun } from '../core/ports.ts';
import type { NewMessage } from '../core/messages/message.ts';
import { metadataKeyFault } from '../core/threads/metadata-key.ts';
import { storageFault } from '../core/threads/storable.ts';
import type { Metadata } from '../core/threads/thread.ts';

/** @throws ThreadrelayError `invalid_input` for keys that MongoDB would read as a path, and for what it cannot hold. */
export function requireKeyed(data: Metadata, field: 'metadata' | 'values'): void {
  for (const key of Object.keys(data)) {
    const fault = metadataKeyFault(key);
    if (fault === null) continue;
    throw invalid(`${field}.${key}`, `The key "${key}" of ${field} ${fault}. Give it another name.`);
  }
  requireStorable(data, field);
}

/** @throws ThreadrelayError `invalid_input` when metadata or custom state, as they would be stored, are too long. */
export function requireShort(data: Metadata, field: 'metadata' | 'values'): void {
  if (Buffer.byteLength(JSON.stringify(data)) <= LIMITS.threadDataBytes) return;
  const most = `${LIMITS.threadDataBytes} bytes`;
  throw invalid(field, `The thread's ${field} would be longer than ${most}. Keep less in them.`);
}

/** @throws ThreadrelayError `invalid_input` */
export function requireStorableMessages(messages: readonly NewMessage[]): void {
  for (const [index, message] of messages.entries()) {
    const { toolCalls, attachments, author } = message;
    requireStorable({ toolCalls, attachments, author }, `messages.${index}`);
  }
}

/** @throws ThreadrelayError `invalid_input` for two messages of one `sourceId`, of which only one could be stored. */
export function requireDistinct(messages: readonly NewMessage[]): void {
  const seen = new Set<string>();
  for (const [index, { sourceId = null }] of messages.entries()) {
    if (sourceId === null) continue;
    if (seen.has(sourceId)) {
      throw invalid(
        `messages.${index}.id`,
        'Two messages of the request have the same id. Give each its own.',
      );
    }
    seen.add(sourceId);
  }
}

/** @throws ThreadrelayError `invalid_input` */
export function requireStorablePlan(plan: AdmissionPlan): void {
  if (plan.kind !== 'run') return;
  const { metadata, kwargs }: NewRun = plan.run;
  requireStorable(metadata, 'metadata');
  requireStorable(kwargs, 'kwargs');
}

function requireStorable(value: unknown, path: string): void {
  const fault = storageFault(value, path, LIMITS.storedLevels);
  if (fault !== null)
    throw invalid(fault.path, `The value of ${fault.path} ${fault.why} and cannot be stored.`);
}

function invalid(field: string, sentence: string): ThreadrelayError {
  return new ThreadrelayError('invalid_input', sentence, { details: { field } });
}
