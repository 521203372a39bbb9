import type { ThreadFile } from '../files/thread-file.ts';
import type { Attachment, Message } from '../messages/message.ts';
import type { Origin } from '../origin.ts';
import type { RunScene } from './prompt.ts';

/** What is kept of a file beside its entry. */
export type FileContent = {
  bytes: Uint8Array | null;
  /** What was read from it; null where there is no text. */
  text: string | null;
};

/** The files of threads. All are gone with their thread, and with the last message that shows them. */
export interface FileStore {
  /** All that is known of the thread's attachments, the oldest first. */
  list(threadId: string): Promise<ThreadFile[]>;
  /**
   * Keeps a file with its content, whole or not at all. Of one that is known already only its entry is brought up to date
   * if it was tried in vain before. `gone`: the thread, or each of the messages, was deleted meanwhile, and nothing is kept.
   */
  save(file: ThreadFile, content: FileContent): Promise<'saved' | 'known' | 'gone'>;
  /** Notes that more messages show a file that is known. */
  show(threadId: string, attachmentId: string, messageIds: readonly string[]): Promise<void>;
  /** The file as it came; null when it is gone. */
  bytes(threadId: string, fileId: string): Promise<Uint8Array | null>;
  /** The text that was read from it; null when there is none. */
  text(threadId: string, fileId: string): Promise<string | null>;
  /** Deletes the files that no other message of the thread shows. */
  deleteOfMessages(threadId: string, messageIds: readonly string[]): Promise<void>;
  /**
   * Deletes content and name of at most `limit` files of the project from before `before`, the oldest first, and answers
   * how many there were. What is left of an entry only keeps its attachment from being fetched again.
   */
  deleteBefore(projectId: string, before: Date, limit: number): Promise<number>;
}

/** An attachment, and where it was sent. */
export type AttachmentPlace = { origin: Origin; sourceId: string; attachment: Attachment };

/** Fetches what people attach to messages of one platform, with the platform's credentials. */
export interface AttachmentFetcher {
  /** @throws ThreadrelayError whose sentence says why it cannot be had; `retryable` when it may be another time */
  fetch(place: AttachmentPlace, signal: AbortSignal): Promise<Uint8Array>;
}

/** The files of one assistant's runs. */
export interface RunFiles {
  /**
   * Fetches, reads and keeps the attachments of these messages that are not known yet, and answers what people must be told
   * before the answer: a line for each file that cannot be used, empty when all can. The same for each attempt of a run.
   * What fails is told, or logged; it fails no run.
   */
  prepare(scene: RunScene, messages: readonly Message[], signal: AbortSignal): Promise<string>;
}

export const noFiles: RunFiles = { prepare: async () => '' };
