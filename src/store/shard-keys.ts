import type { Models } from './models.ts';

type ShardKey = { readonly [field: string]: 1 | 'hashed' };

/**
 * By what each collection is to be sharded; docs/scaling.md says why, and tests hold every unique index and every query
 * of the hot path to it. Thread ids are ordered by time, so they are hashed: by range, all new threads would go to one
 * shard. Origins and cursors begin with their platform and tenant, so ranges spread them; keys are known by hashes.
 */
export const SHARD_KEYS: Readonly<Record<keyof Models, ShardKey>> = {
  origins: { _id: 1 },
  threads: { _id: 'hashed' },
  messages: { threadId: 'hashed' },
  checkpoints: { threadId: 'hashed' },
  runs: { threadId: 'hashed' },
  deliveries: { threadId: 'hashed' },
  cursors: { _id: 1 },
  keys: { _id: 1 },
  requests: { _id: 'hashed' },
  usage: { _id: 'hashed' },
  budgets: { _id: 'hashed' },
  paces: { _id: 'hashed' },
  knowledge: { _id: 1 },
  knowledge_files: { _id: 'hashed' },
  knowledge_chunks: { documentId: 'hashed' },
  run_records: { threadId: 'hashed' },
  retention_rounds: { _id: 1 },
  summaries: { _id: 'hashed' },
  memories: { owner: 'hashed' },
  files: { threadId: 'hashed' },
  'file_contents.files': { 'metadata.threadId': 'hashed' },
  'file_contents.chunks': { files_id: 'hashed' },
};
