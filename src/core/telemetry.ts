import type { Platform } from './origin.ts';
import type { WriteKind } from './ports/queue.ts';
import type { RunStatus } from './runs/run-lifecycle.ts';
import type { ModelUsage } from './usage/usage.ts';

/** What an operator counts. Called where it happens; must be cheap and never throw. Times are in seconds. */
export type Telemetry = {
  /** An event of a platform has arrived that is to be persisted or ignored, and then acknowledged. */
  eventReceived(platform: Platform): void;
  /**
   * From its arrival until it was acknowledged (Discord, which wants no acknowledgement: until it was persisted), or
   * until it was known that it cannot be persisted now.
   */
  eventEnded(platform: Platform, outcome: 'acknowledged' | 'refused', seconds: number): void;
  /** A message that was missed while away was read after and was news. */
  backfilled(platform: Platform): void;
  /** From the run's creation to its stored end. */
  runEnded(status: RunStatus, seconds: number): void;
  /** What an ended run used, all its attempts together. */
  spent(projectId: string, usage: readonly ModelUsage[]): void;
  deliveryEnded(platform: Platform, outcome: 'done' | 'failed', reason: string | null): void;
  /** From the question's persisting to the first part on the platform. */
  firstPartPosted(platform: Platform, seconds: number): void;
  /** From the question's persisting to the first accepted edit of the growing answer. */
  firstEdited(platform: Platform, seconds: number): void;
  /** From the end of the run, when its last token was there, to the whole final text accepted by the platform. */
  finalAccepted(platform: Platform, seconds: number): void;
  wrote(platform: Platform, operation: 'post' | 'edit' | 'remove', outcome: string): void;
  rateLimited(platform: Platform): void;
  /** A write was put off, so that it stays within the platform's limits. */
  budgetWaited(platform: Platform, kind: WriteKind, seconds: number): void;
  /** What a run sent to models could not be stored. */
  runRecordLost(): void;
  /** Null: the sweep failed. */
  swept(found: { threads: number; deliveries: number; transactions: number } | null): void;
};

export const noTelemetry: Telemetry = {
  eventReceived() {},
  eventEnded() {},
  backfilled() {},
  runEnded() {},
  spent() {},
  deliveryEnded() {},
  firstPartPosted() {},
  firstEdited() {},
  finalAccepted() {},
  wrote() {},
  rateLimited() {},
  budgetWaited() {},
  runRecordLost() {},
  swept() {},
};
