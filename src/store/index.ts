import type {
  ApiKeyStore,
  ApprovalStore,
  BacklogStore,
  CursorStore,
  DeliveryStore,
  FileStore,
  BudgetStore,
  PaceStore,
  IdempotencyStore,
  InboxStore,
  KnowledgeStore,
  LeftTransactions,
  LongThreadStore,
  MemoryStore,
  MessageStore,
  PersonEraser,
  PersonThreadStore,
  RetentionRounds,
  RetentionTarget,
  RunRecordStore,
  RunStore,
  StateStore,
  ThreadDirectory,
  ThreadStore,
  UsageStore,
} from '../core/ports.ts';
import { createApiKeyStore } from './api-keys.ts';
import { createApprovalStore } from './approvals.ts';
import { createBacklogStore } from './backlog.ts';
import { createCursorStore } from './cursors.ts';
import type { Database } from './database.ts';
import { createDeliveryStore } from './deliveries.ts';
import { createFileStore } from './files.ts';
import { createIdempotencyStore } from './idempotency.ts';
import { createInboxStore } from './inbox.ts';
import { createKnowledgeStore } from './knowledge.ts';
import { createLeftTransactions } from './left-transactions.ts';
import { createMemoryStore } from './memories.ts';
import { createMessageStore } from './messages.ts';
import { createPersonErasers } from './erasers.ts';
import { createPersonThreadStore } from './people.ts';
import { createThreadRemoval } from './remove-thread.ts';
import { createRetentionRounds, createRetentionTargets } from './retention.ts';
import { createRunRecordStore } from './run-records.ts';
import { createRunStore } from './runs.ts';
import { createStateStore } from './state.ts';
import { createLongThreadStore } from './summaries.ts';
import { createThreadDirectory } from './thread-directory.ts';
import { createOriginIndex, createThreadStore } from './threads.ts';
import { createBudgetStore } from './usage-budgets.ts';
import { createPaceStore } from './usage-paces.ts';
import { createUsageStore } from './usage-ledger.ts';

export { type Database, openDatabase } from './database.ts';

export type Stores = {
  inbox: InboxStore;
  threads: ThreadStore;
  messages: MessageStore;
  runs: RunStore;
  records: RunRecordStore;
  retention: readonly RetentionTarget[];
  people: PersonThreadStore;
  erasers: readonly PersonEraser[];
  retentionRounds: RetentionRounds;
  deliveries: DeliveryStore;
  cursors: CursorStore;
  backlog: BacklogStore;
  directory: ThreadDirectory;
  state: StateStore;
  keys: ApiKeyStore;
  idempotency: IdempotencyStore;
  usage: UsageStore;
  budgets: BudgetStore;
  paces: PaceStore;
  knowledge: KnowledgeStore;
  files: FileStore;
  approvals: ApprovalStore;
  longThreads: LongThreadStore;
  memories: MemoryStore;
  leftTransactions: LeftTransactions;
};

/** Core's stores on one database. */
export function createStores(database: Database): Stores {
  const origins = createOriginIndex(database);
  return {
    inbox: createInboxStore(database, origins),
    threads: createThreadStore(database, origins),
    messages: createMessageStore(database),
    runs: createRunStore(database),
    records: createRunRecordStore(database),
    retention: createRetentionTargets(database, origins),
    people: createPersonThreadStore(database, createThreadRemoval(database, origins)),
    erasers: createPersonErasers(database),
    retentionRounds: createRetentionRounds(database),
    deliveries: createDeliveryStore(database),
    cursors: createCursorStore(database),
    backlog: createBacklogStore(database),
    directory: createThreadDirectory(database),
    state: createStateStore(database),
    keys: createApiKeyStore(database),
    idempotency: createIdempotencyStore(database),
    usage: createUsageStore(database),
    budgets: createBudgetStore(database),
    paces: createPaceStore(database),
    knowledge: createKnowledgeStore(database),
    files: createFileStore(database),
    approvals: createApprovalStore(database),
    longThreads: createLongThreadStore(database),
    memories: createMemoryStore(database),
    leftTransactions: createLeftTransactions(database),
  };
}
