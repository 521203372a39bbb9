import { ThreadrelayError } from '../../core/errors.ts';

/** What is wrong with a file, as a sentence that begins with its name. */
export function unreadable(name: string, what: string, cause?: unknown): ThreadrelayError {
  return new ThreadrelayError('invalid_input', `"${shortName(name)}" ${what}`, { cause, details: { name } });
}

/** Longer names fill a sentence; platforms allow up to 255 characters. */
const MAX_SHOWN_NAME = 100;

function shortName(name: string): string {
  return name.length <= MAX_SHOWN_NAME ? name : `${name.slice(0, MAX_SHOWN_NAME)}…`;
}
