import type { Clock, NewId } from '../clock.ts';
import type { ReachCrashPoint } from '../crash-points.ts';
import type { Binding } from '../listening/binding.ts';
import type { Logger } from '../logger.ts';
import type {
  CancelBroadcast,
  DeliveryStore,
  Doorbells,
  InboxStore,
  MessageStore,
  Pace,
  PaceStore,
  RunStore,
  ThreadStore,
} from '../ports.ts';
import type { CompiledRoute } from '../routing/decide-route.ts';
import type { CompiledExtractRule } from '../routing/extract.ts';
import type { MultitaskStrategy } from '../runs/run.ts';
import type { Timings } from '../timings.ts';
import type { Tracing } from '../tracing.ts';

/** What the configuration says about messages that come in. */
export type IngestRules = {
  bindings: readonly Binding[];
  extractRules: readonly CompiledExtractRule[];
  routes: readonly CompiledRoute[];
  multitaskOf(assistantId: string): MultitaskStrategy;
  /** How often one person's messages may set off runs; null: as often as one likes. */
  pace: Pace | null;
};

export type IngestParts = {
  inbox: InboxStore;
  threads: ThreadStore;
  paces: PaceStore;
  messages: MessageStore;
  runs: RunStore;
  deliveries: DeliveryStore;
  doorbells: Doorbells;
  cancels: CancelBroadcast;
  /** Asked for each event, so that a reload takes effect at once. */
  rules: () => IngestRules;
  clock: Clock;
  newId: NewId;
  timings: Pick<Timings, 'collectMs'>;
  tracing?: Tracing;
  crash: ReachCrashPoint;
  logger: Logger;
};
