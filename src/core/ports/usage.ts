/** What was spent, or may be. */
export type Amount = { tokens: number; usd: number };

/** Null: as much as one likes. */
export type BudgetLimit = { tokens: number | null; usd: number | null };

/** Whose budget, of which day in UTC; `personId` is null for that of the whole project. */
export type BudgetScope = { projectId: string; personId: string | null; day: string };

/** What is put aside for one call of a model. */
export type Reservation = {
  id: string;
  /** The most that the call may spend. */
  most: Amount;
  /** What it will have spent when nobody ever tells, because its process died. */
  likely: Amount;
  /** Ends then, unless it is renewed. */
  until: Date;
};

export interface BudgetStore {
  /**
   * Puts `most` aside if that, what is spent and what is put aside already stay within the limit together, in one step,
   * however many processes ask. Refused, it tells what stands in the way.
   */
  reserve(
    scope: BudgetScope,
    limit: BudgetLimit,
    reservation: Reservation,
    now: Date,
  ): Promise<{ kind: 'reserved' } | { kind: 'refused'; spent: Amount; reserved: Amount }>;
  /** Keeps a reservation for longer. */
  renew(scope: BudgetScope, reservationId: string, until: Date): Promise<void>;
  /** Takes the reservation's place with what was spent; once, however often it is called. */
  settle(scope: BudgetScope, reservationId: string, spent: Amount): Promise<void>;
}

/** What was used on a day, as `2026-11-26` in UTC, by one person (null: by a program) with one model. */
export type UsageRow = {
  projectId: string;
  day: string;
  personId: string | null;
  model: string;
  runs: number;
  inputTokens: number;
  outputTokens: number;
  cachedTokens: number;
  costUsd: number;
};

export interface UsageStore {
  /** Rows of the days from `since` on, by day, of one project or of all. */
  since(day: string, projectId: string | null): Promise<UsageRow[]>;
}

export interface PaceStore {
  /**
   * Whether the message may set off a run, where at most `most` of a person's messages may in any `windowMs`. Once said it
   * stays so, however often and by whichever process it is asked. `first`: the first refused for a while, to be told of.
   */
  take(ask: PaceAsk, pace: Pace): Promise<PaceAnswer>;
}

export type Pace = { most: number; windowMs: number };

export type PaceAsk = {
  projectId: string;
  personId: string;
  /** Of the message, unique in the project. */
  messageKey: string;
  sentAt: Date;
};

export type PaceAnswer =
  | { kind: 'runs' }
  /** `waitMs`: from when the message was sent until the next may set off a run. */
  | { kind: 'held'; first: boolean; waitMs: number };
