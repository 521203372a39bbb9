import type { Clock, NewId } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type {
  ApiKeyStore,
  ApprovalStore,
  CancelBroadcast,
  Doorbells,
  FileStore,
  IdempotencyStore,
  InboxStore,
  MemoryStore,
  MessageStore,
  RequestLimiter,
  RunEventLog,
  RunRecordStore,
  RunStore,
  StateStore,
  ThreadDirectory,
  ThreadStore,
} from '../../core/ports.ts';
import type { ErasureReport, ErasureRequest } from '../../core/privacy/erase-person.ts';
import type { MultitaskStrategy } from '../../core/runs/run.ts';
import type { Timings } from '../../core/timings.ts';

/** An assistant as programs see it; all projects see the same. Its id is its name in the configuration. */
export type AssistantView = {
  id: string;
  description: string | null;
  /** When the configuration that says so was read. */
  readAt: Date;
};

/** What an operator counts of the API. Called where it happens; must be cheap and never throw. Times are in seconds. */
export type HttpTelemetry = {
  /** `route` is the pattern (`/threads/:thread_id`), never the address asked for. */
  requestEnded(request: { route: string; method: string; status: number }, seconds: number): void;
  streamOpened(): void;
  streamClosed(): void;
};

/** All that the API asks of the house. */
export type ApiParts = {
  directory: ThreadDirectory;
  threads: ThreadStore;
  messages: MessageStore;
  runs: RunStore;
  approvals: Pick<ApprovalStore, 'decide' | 'lastAsked'>;
  records: RunRecordStore;
  memories: MemoryStore;
  state: StateStore;
  files: Pick<FileStore, 'list'>;
  inbox: InboxStore;
  doorbells: Doorbells;
  cancels: CancelBroadcast;
  events: RunEventLog;
  erasePerson: (request: ErasureRequest) => Promise<ErasureReport>;
  keys: ApiKeyStore;
  idempotency: IdempotencyStore;
  limiter: RequestLimiter;
  /** Those of the configuration as it is now, in its order. */
  assistants: () => readonly AssistantView[];
  multitaskOf: (assistantId: string) => MultitaskStrategy;
  clock: Clock;
  newId: NewId;
  timings: Timings;
  telemetry: HttpTelemetry;
  logger: Logger;
  /** Origins whose pages may call the API from a browser, or `*`; none: CORS is off. */
  cors: readonly string[];
  /** Of this service. */
  version: string;
};
