/** What the domain asks of the world. Stores, queue, adapters and models implement these; workers and core call them. */
export type * from './ports/stores.ts';
export type * from './ports/queue.ts';
export type * from './ports/model.ts';
export * from './ports/platform-writer.ts';
export * from './ports/tools.ts';
export type * from './ports/prompt.ts';
export type * from './ports/long-threads.ts';
export type * from './ports/outbound.ts';
export type * from './ports/extraction.ts';
export type * from './ports/ingest.ts';
export type * from './ports/backlog.ts';
export type * from './ports/thread-directory.ts';
export type * from './ports/state.ts';
export type * from './ports/access.ts';
export type * from './ports/approval.ts';
export type * from './ports/usage.ts';
export * from './ports/privacy.ts';
export type * from './ports/run-records.ts';
