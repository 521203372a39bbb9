/**
 * The one error tree. Every boundary maps foreign errors into it once; nothing else crosses a boundary.
 */
export type ErrorCode =
  | 'invalid_input'
  | 'invalid_configuration'
  | 'not_found'
  | 'conflict'
  | 'thread_busy'
  | 'thread_closed'
  | 'thread_deleted'
  | 'stale_attempt'
  | 'store_unavailable'
  | 'queue_unavailable'
  | 'platform_refused'
  | 'platform_rate_limited'
  | 'platform_unreachable'
  | 'platform_uncertain'
  | 'model_failed'
  | 'budget_spent'
  | 'asked_too_often'
  | 'workflow_failed'
  | 'attempts_exhausted'
  | 'timed_out'
  | 'internal';

export type ErrorFacts = {
  /** May the same call be made again with hope of another outcome? */
  retryable?: boolean;
  /** Did the thing surely not happen? False when it may have happened all the same. */
  certain?: boolean;
  /** Milliseconds to wait before the next try; obeyed to the millisecond. */
  retryAfterMs?: number;
  /** Facts for the log; never secrets. */
  details?: Record<string, unknown>;
  cause?: unknown;
};

/** An error with a code for programs and a sentence for people. The sentence may be shown to a user as it is. */
export class ThreadrelayError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly certain: boolean;
  readonly retryAfterMs: number | undefined;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, sentence: string, facts: ErrorFacts = {}) {
    super(sentence, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'ThreadrelayError';
    this.code = code;
    this.retryable = facts.retryable ?? false;
    this.certain = facts.certain ?? true;
    this.retryAfterMs = facts.retryAfterMs;
    this.details = facts.details ?? {};
  }
}

/** Thrown by a write whose attempt has been overtaken by a newer one; the attempt must stop without a further write. */
export class StaleAttemptError extends ThreadrelayError {
  constructor(what: string, fence: number) {
    super('stale_attempt', `A newer attempt owns this ${what}; this attempt (fence ${fence}) may not write.`);
    this.name = 'StaleAttemptError';
  }
}

/** Maps anything thrown into the tree. Foreign errors become `internal`, and their text is kept for the log only. */
export function toThreadrelayError(thrown: unknown): ThreadrelayError {
  if (thrown instanceof ThreadrelayError) return thrown;
  return new ThreadrelayError('internal', 'Something went wrong on our side.', {
    cause: thrown,
    certain: false,
  });
}
