import { type ErrorCode, ThreadrelayError, toThreadrelayError } from '../../core/errors.ts';

/** What of an error goes from one process to another. */
export type ThrownFacts = {
  code: ErrorCode;
  message: string;
  details: Record<string, unknown>;
  /** What it came from, as text for the log. */
  cause: string | null;
};

/** What a work process says of a task. `isLast`: it has grown and is to be given no other. */
export type Reply<Answer> = ({ answer: Answer } | { thrown: ThrownFacts }) & { isLast: boolean };

export function factsOf(thrown: unknown): ThrownFacts {
  const { code, message, details, cause } = toThreadrelayError(thrown);
  return { code, message, details, cause: cause instanceof Error ? (cause.stack ?? cause.message) : null };
}

export function errorOf({ code, message, details, cause }: ThrownFacts): ThreadrelayError {
  return new ThreadrelayError(code, message, { details, ...(cause === null ? {} : { cause }) });
}
