import { type PositionedRunEvent, type RunEvent, runEventId } from '../core/runs/run-event.ts';
import type { StreamEntry } from './stream-reader.ts';

/** The field of an entry that holds its events as a JSON array. The entry's id is the id of the last of them. */
export const EVENTS_FIELD = 'e';

/** Text that arrived in the same batch travels as one event. */
export function appendCoalesced(batch: RunEvent[], event: RunEvent): void {
  const last = batch.at(-1);
  if (event.type === 'text' && last?.type === 'text') {
    batch[batch.length - 1] = { ...last, delta: last.delta + event.delta };
    return;
  }
  batch.push(event);
}

export function parseEntry(entry: StreamEntry): PositionedRunEvent[] {
  const [fence, lastSeq] = entry.id.split('-').map(Number);
  const events = parseEvents(entry.fields.get(EVENTS_FIELD) ?? '[]');
  const firstSeq = (lastSeq ?? 0) - events.length + 1;
  return events.map((event, index) => ({ id: runEventId(fence ?? 0, firstSeq + index), event }));
}

/** Only our own writers append, so the shape of each type is theirs to keep; anything else counts as no event. */
function parseEvents(json: string): RunEvent[] {
  const parsed: unknown = JSON.parse(json);
  return Array.isArray(parsed) ? parsed.filter(isRunEvent) : [];
}

function isRunEvent(value: unknown): value is RunEvent {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** Orders positions: first by fence, then by sequence. */
export function isAfter(left: string, right: string): boolean {
  const [leftFence = 0, leftSeq = 0] = left.split('-').map(Number);
  const [rightFence = 0, rightSeq = 0] = right.split('-').map(Number);
  return leftFence === rightFence ? leftSeq > rightSeq : leftFence > rightFence;
}
