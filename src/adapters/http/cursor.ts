import type { ThreadPosition } from '../../core/ports.ts';
import { invalid } from './errors.ts';

const LATEST_MS = 8.64e15;

/** Where a page of threads ended, as text for its reader to send back. */
export function toCursor({ updatedAt, id }: ThreadPosition): string {
  return Buffer.from(`${updatedAt.getTime()} ${id}`).toString('base64url');
}

/** @throws ApiError `invalid_input` for text that is no cursor of ours */
export function fromCursor(cursor: string): ThreadPosition {
  const [, ms, id] = /^(\d{1,16}) ([\da-f-]{36})$/i.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (ms === undefined || id === undefined || Number(ms) > LATEST_MS) {
    throw invalid('cursor', 'cursor is none of this list. Take the next_cursor of the page before.');
  }
  return { updatedAt: new Date(Number(ms)), id };
}
