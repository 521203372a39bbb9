import type { Origin } from '../origin.ts';
import type { Attachment, Author } from '../messages/message.ts';
import type { Metadata } from '../threads/thread.ts';

/** What an adapter read from its platform: facts only, no decisions. */
export type IncomingMessage = {
  origin: Origin;
  /** Id of the platform message; the same for every event that tells of it. */
  sourceId: string;
  author: Author;
  /** Plain text as typed, with mentions of the bot removed and other mentions made readable. */
  text: string;
  attachments: Attachment[];
  sentAt: Date;
  mentionsBot: boolean;
  isDirectMessage: boolean;
  /** True for the message that starts its thread (Slack: no thread_ts; Discord: a post's starter message). */
  startsThread: boolean;
  /** Name of the thread where the platform gives one (a forum post's title). */
  threadName: string | null;
  channelName: string | null;
  /** Facts of the platform for the thread's metadata (a forum's applied tags), never from message text. */
  metadata: Metadata;
};

export type IncomingEdit = { origin: Origin; sourceId: string; text: string; editedAt: Date };
export type IncomingDeletion = { origin: Origin; sourceId: string; deletedAt: Date };
export type IncomingClosure = { origin: Origin; reason: string; closedAt: Date };
export type IncomingThreadChange = { origin: Origin; name: string | null; metadata: Metadata };

export type IngestResult =
  | { kind: 'run'; threadId: string; messageId: string; runId: string }
  /** `messageId` is null where the event was about the thread as a whole. */
  | { kind: 'stored'; threadId: string; messageId: string | null }
  | { kind: 'duplicate'; threadId: string; messageId: string }
  | { kind: 'ignored'; why: string };

/**
 * The door of the house: what an adapter calls for each event. Resolves when all that the event means is persisted with
 * majority; the adapter acknowledges only then. Rejects when it could not be persisted; then it must not acknowledge.
 */
export interface Ingest {
  message(message: IncomingMessage): Promise<IngestResult>;
  edit(edit: IncomingEdit): Promise<IngestResult>;
  deletion(deletion: IncomingDeletion): Promise<IngestResult>;
  closure(closure: IncomingClosure): Promise<IngestResult>;
  threadChange(change: IncomingThreadChange): Promise<IngestResult>;
  /** A person asks to stop the thread's open runs (Slack's stop button). */
  stop(origin: Origin): Promise<IngestResult>;
}
