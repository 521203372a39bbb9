import type { Platform } from './origin.ts';
import type { RunStatus } from './runs/run-lifecycle.ts';

/** What an operator counts. Called where it happens; must be cheap and never throw. */
export type Telemetry = {
  runEnded(status: RunStatus, seconds: number): void;
  deliveryEnded(platform: Platform, outcome: 'done' | 'failed', reason: string | null): void;
  /** From the run's claim to the first part on the platform. */
  firstPartPosted(platform: Platform, seconds: number): void;
  /** From the moment the relay knew of the run's end to the final text accepted by the platform. */
  finalAccepted(platform: Platform, seconds: number): void;
  wrote(platform: Platform, operation: 'post' | 'edit' | 'remove', outcome: string): void;
  rateLimited(platform: Platform): void;
  swept(found: { threads: number; deliveries: number }): void;
};

export const noTelemetry: Telemetry = {
  runEnded() {},
  deliveryEnded() {},
  firstPartPosted() {},
  finalAccepted() {},
  wrote() {},
  rateLimited() {},
  swept() {},
};
