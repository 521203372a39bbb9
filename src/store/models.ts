import { type Connection, Schema } from 'mongoose';
import type {
  ApiKeyDocument,
  CheckpointDocument,
  CursorDocument,
  DeliveryDocument,
  MessageDocument,
  OriginDocument,
  RequestDocument,
  RetentionRoundDocument,
  RunDocument,
  RunRecordDocument,
  ThreadDocument,
} from './documents.ts';
import { knowledge, knowledgeChunks, knowledgeFiles } from './knowledge-documents.ts';
import { contentChunks, contentFiles, files } from './file-documents.ts';
import { budgetSchema, paceSchema, usageSchema } from './usage-documents.ts';
import { memorySchema } from './memory-documents.ts';
import { summarySchema } from './summary-documents.ts';
import { count, free, id, optionalText, optionalTime, schema, text, time } from './schema-parts.ts';

/** Times of deletion are after it: a partial index wants a condition that leaves out the threads that stay. */
export const NEVER_BEFORE = new Date(0);

export type Models = ReturnType<typeof modelsOf>;

const origins = schema<OriginDocument>({ _id: id, threadId: id, projectId: id, deletedAt: optionalTime });

const threads = schema<ThreadDocument>({
  _id: id,
  projectId: id,
  assistantId: id,
  name: optionalText,
  metadata: free,
  origin: free,
  closed: free,
  lastSeq: count,
  values: free,
  openRuns: Number,
  lastEnd: String,
  asks: Schema.Types.Mixed,
  usage: Schema.Types.Mixed,
  deleteAt: optionalTime,
  goesWithRun: Boolean,
  kept: Schema.Types.Mixed,
  turns: Number,
  peopleOf: Schema.Types.Mixed,
  creationId: String,
  createdAt: time,
  updatedAt: time,
});
threads.index({ projectId: 1, updatedAt: -1, _id: -1 });
threads.index({ projectId: 1, createdAt: -1, _id: -1 });
// What programs look threads up by, whatever keys they choose.
threads.index({ 'metadata.$**': 1 });
// For the sweeper: only threads with an end.
threads.index(
  { deleteAt: 1 },
  { partialFilterExpression: { deleteAt: { $gt: NEVER_BEFORE } }, name: 'by_deletion_time' },
);
// Threads without a platform have no entry that each of their steps would have to move.
threads.index(
  { 'origin.platform': 1, updatedAt: -1 },
  { partialFilterExpression: { 'origin.platform': { $exists: true } }, name: 'by_platform' },
);

const messages = schema<MessageDocument>({
  _id: id,
  threadId: id,
  seq: count,
  role: text,
  // Not `required`: Mongoose refuses an empty string then, and a message may hold files alone.
  text: { type: String, default: '' },
  author: free,
  deniedBy: Schema.Types.Mixed,
  attachments: { type: [Schema.Types.Mixed], default: [] },
  toolCalls: { type: [Schema.Types.Mixed], default: [] },
  toolCallId: optionalText,
  sourceId: optionalText,
  runId: optionalText,
  revisions: { type: [Schema.Types.Mixed], default: [] },
  redactedAt: optionalTime,
  rolledBack: Boolean,
  filesKept: Number,
  factsKept: Number,
  createdAt: time,
});
messages.index({ threadId: 1, seq: 1 }, { unique: true });
messages.index(
  { threadId: 1, sourceId: 1 },
  { unique: true, partialFilterExpression: { sourceId: { $type: 'string' } } },
);

const checkpoints = schema<CheckpointDocument>({
  _id: id,
  threadId: id,
  seq: count,
  source: text,
  values: free,
  asNode: optionalText,
  createdAt: time,
});
checkpoints.index({ threadId: 1, seq: 1 }, { unique: true });

const runs = schema<RunDocument>({
  _id: id,
  threadId: id,
  projectId: id,
  assistantId: id,
  ordinal: count,
  triggerMessageIds: { type: [String], default: [] },
  idempotencyKey: text,
  status: text,
  priority: count,
  attempt: count,
  lostAttempts: Number,
  fence: count,
  outdatedFence: Number,
  recorded: Number,
  workerId: optionalText,
  heartbeatAt: optionalTime,
  availableAt: time,
  cancel: optionalText,
  approval: Schema.Types.Mixed,
  workflow: optionalText,
  route: free,
  error: free,
  usage: free,
  messageIds: { type: [String], default: [] },
  metadata: free,
  multitask: String,
  kwargs: Schema.Types.Mixed,
  onCompletion: String,
  traceparent: String,
  createdAt: time,
  startedAt: optionalTime,
  endedAt: optionalTime,
});
runs.index({ threadId: 1, idempotencyKey: 1 }, { unique: true });
runs.index(
  { threadId: 1 },
  { unique: true, partialFilterExpression: { status: 'running' }, name: 'one_running_run_a_thread' },
);
runs.index({ threadId: 1, status: 1, ordinal: 1 });
// For the sweeper: only open runs, so these stay small however many runs have ended.
runs.index(
  { status: 1, availableAt: 1 },
  { partialFilterExpression: { status: 'queued' }, name: 'queued_by_availability' },
);
runs.index(
  { status: 1, heartbeatAt: 1 },
  { partialFilterExpression: { status: 'running' }, name: 'running_by_heartbeat' },
);

const deliveries = schema<DeliveryDocument>({
  _id: id,
  threadId: id,
  origin: { type: Schema.Types.Mixed, required: true },
  replyTo: optionalText,
  ordinal: count,
  status: text,
  parts: { type: [Schema.Types.Mixed], default: [] },
  fence: count,
  workerId: optionalText,
  leaseUntil: time,
  reason: optionalText,
  edits: count,
  runEndedAt: optionalTime,
  finalAt: optionalTime,
  traceparent: String,
  createdAt: time,
});
deliveries.index({ threadId: 1, ordinal: 1 });
deliveries.index(
  { status: 1, leaseUntil: 1 },
  {
    partialFilterExpression: { status: { $in: ['pending', 'streaming', 'finishing'] } },
    name: 'open_by_lease',
  },
);

// For the age of the oldest open delivery, which operators watch.
deliveries.index(
  { createdAt: 1 },
  {
    partialFilterExpression: { status: { $in: ['pending', 'streaming', 'finishing'] } },
    name: 'open_by_age',
  },
);

const cursors = schema<CursorDocument>({ _id: id, position: text });

const keys = schema<ApiKeyDocument>({
  _id: id,
  keyId: id,
  projectId: id,
  scope: text,
  name: optionalText,
  hint: text,
  createdAt: time,
  revokedAt: optionalTime,
});

const requests = schema<RequestDocument>({
  _id: id,
  fingerprint: optionalText,
  seed: text,
  claimedAt: time,
  answer: free,
  expiresAt: time,
});
requests.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

const runRecords = schema<RunRecordDocument>({
  _id: id,
  threadId: id,
  projectId: id,
  assistantId: id,
  assistantVersion: id,
  instructions: { type: String, default: '' },
  steps: { type: [Schema.Types.Mixed], default: [] },
  fences: { type: [Number], default: [] },
  keepsText: Boolean,
  createdAt: time,
});
runRecords.index({ threadId: 1, keepsText: 1 });
// For retention.
runRecords.index({ projectId: 1, createdAt: 1 });

const retentionRounds = schema<RetentionRoundDocument>({ _id: id, dueAt: time });

/** The models of one connection. Nothing is created or indexed here; see `prepareDatabase`. */
export function modelsOf(connection: Connection) {
  return {
    origins: connection.model('origins', origins),
    threads: connection.model('threads', threads),
    messages: connection.model('messages', messages),
    checkpoints: connection.model('checkpoints', checkpoints),
    runs: connection.model('runs', runs),
    deliveries: connection.model('deliveries', deliveries),
    cursors: connection.model('cursors', cursors),
    keys: connection.model('keys', keys),
    requests: connection.model('requests', requests),
    usage: connection.model('usage', usageSchema, 'usage'),
    budgets: connection.model('budgets', budgetSchema),
    paces: connection.model('paces', paceSchema),
    knowledge: connection.model('knowledge', knowledge, 'knowledge'),
    knowledge_files: connection.model('knowledge_files', knowledgeFiles),
    knowledge_chunks: connection.model('knowledge_chunks', knowledgeChunks),
    run_records: connection.model('run_records', runRecords),
    retention_rounds: connection.model('retention_rounds', retentionRounds),
    summaries: connection.model('summaries', summarySchema),
    memories: connection.model('memories', memorySchema),
    files: connection.model('files', files),
    'file_contents.files': connection.model('file_contents.files', contentFiles, 'file_contents.files'),
    'file_contents.chunks': connection.model('file_contents.chunks', contentChunks, 'file_contents.chunks'),
  };
}
