import type { Clock, NewId } from '../../core/clock.ts';
import { ThreadrelayError } from '../../core/errors.ts';
import { plainFileName } from '../../core/files/file-name.ts';
import {
  isToBeFetched,
  LARGEST_FILE,
  LARGEST_FILE_TEXT,
  noticeOf,
  type ThreadFile,
} from '../../core/files/thread-file.ts';
import type { Logger } from '../../core/logger.ts';
import type { Attachment, Message } from '../../core/messages/message.ts';
import type { Origin, Platform } from '../../core/origin.ts';
import type { Run } from '../../core/runs/run.ts';
import type { AttachmentFetcher, ExtractText, FileStore, RunFiles, RunScene } from '../../core/ports.ts';
import { type ReadAttachment, readAttachment } from './read-attachment.ts';
import { createTurns } from './turns.ts';

/** Attachments that one run fetches; those of older messages are left to the next one. Slack takes 10 in a message. */
const MOST_A_RUN = 20;
/** Files that a process holds at once, whatever runs ask for: each is up to 10 MB, and its text as much again. */
const MOST_AT_ONCE = 4;

export type ThreadFilesParts = {
  files: FileStore;
  fetchers: ReadonlyMap<Platform, AttachmentFetcher>;
  extract: ExtractText;
  clock: Clock;
  newId: NewId;
  logger: Logger;
};

/** An attachment, and where it stands. */
type Wanted = { attachment: Attachment; sourceId: string | null; messageIds: string[] };

export type ThreadFiles = {
  /** The files of an assistant's runs. `sees`: its models take pictures. */
  of(assistant: { sees: boolean }): RunFiles;
  /** Those of a run's thread, the oldest first, as they were when the run began. */
  known(scene: RunScene): Promise<readonly ThreadFile[]>;
};

/** The files of the threads whose runs this process executes. */
export function createThreadFiles(parts: ThreadFilesParts): ThreadFiles {
  const inTurn = createTurns(MOST_AT_ONCE);
  const perRun = new WeakMap<Run, readonly ThreadFile[]>();
  const { files, logger } = parts;

  async function prepare(
    scene: RunScene,
    messages: readonly Message[],
    signal: AbortSignal,
  ): Promise<ThreadFile[]> {
    const { thread, run } = scene;
    const { origin } = thread;
    if (origin === null) {
      // Only platforms bring files; a copy of their threads has those that were kept.
      return messages.some(({ attachments }) => attachments.length > 0) ? files.list(thread.id) : [];
    }
    const listed = await files.list(thread.id);
    const known = new Map(listed.map((file) => [file.attachmentId, file]));
    const wanted = wantedOf(messages);
    const missing = wanted.filter(({ attachment }) => isToBeFetched(known.get(attachment.id), run.id));
    await Promise.all([
      ...wanted.map((each) => show(thread.id, known.get(each.attachment.id), each)),
      ...missing
        .slice(0, MOST_A_RUN)
        .map((each) => inTurn(() => keep(scene, origin, each, known.get(each.attachment.id), signal))),
    ]);
    return missing.length === 0 ? listed : files.list(thread.id);
  }

  async function show(threadId: string, known: ThreadFile | undefined, { attachment, messageIds }: Wanted) {
    const isNew = messageIds.some((id) => known?.messageIds.includes(id) === false);
    if (isNew) await files.show(threadId, attachment.id, messageIds);
  }

  async function keep(
    { thread, run }: RunScene,
    origin: Origin,
    { attachment, sourceId, messageIds }: Wanted,
    before: ThreadFile | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    if (signal.aborted) return;
    const name = plainFileName(attachment.name);
    const entry = {
      id: parts.newId(),
      threadId: thread.id,
      projectId: thread.projectId,
      attachmentId: attachment.id,
      messageIds,
      runId: run.id,
      name,
      createdAt: parts.clock.now(),
    };
    const { bytes, read, tries } = await fetchAndRead({ ...attachment, name }, origin, sourceId, signal);
    const { text, keeps, ...told } = read;
    const file: ThreadFile = {
      ...entry,
      ...told,
      sizeBytes: bytes?.length ?? attachment.sizeBytes,
      tries: tries === 0 ? 0 : (before?.tries ?? 0) + tries,
      characters: text?.length ?? 0,
    };
    const saved = await files.save(file, { bytes: keeps ? bytes : null, text });
    const { id: fileId, status } = file;
    logger.info({ threadId: thread.id, runId: run.id, fileId, status, saved }, 'an attachment was read');
  }

  async function fetchAndRead(
    attachment: Attachment,
    origin: Origin,
    sourceId: string | null,
    signal: AbortSignal,
  ): Promise<{ bytes: Uint8Array | null; read: ReadAttachment; tries: number }> {
    const { name, mediaType, sizeBytes } = attachment;
    const fetcher = parts.fetchers.get(origin.platform);
    if (fetcher === undefined || sourceId === null) {
      return { bytes: null, read: failed(mediaType, `"${name}" cannot be fetched from here.`), tries: 0 };
    }
    if (sizeBytes !== null && sizeBytes > LARGEST_FILE) {
      const problem = `"${name}" is too large: files of up to ${LARGEST_FILE_TEXT} are read.`;
      return { bytes: null, read: failed(mediaType, problem), tries: 0 };
    }
    try {
      const bytes = await fetcher.fetch({ origin, sourceId, attachment }, signal);
      return {
        bytes,
        read: await readAttachment({ bytes, name, mediaType }, parts.extract, signal),
        tries: 0,
      };
    } catch (thrown) {
      signal.throwIfAborted();
      if (!(thrown instanceof ThreadrelayError)) throw thrown;
      logger.warn({ err: thrown, attachmentId: attachment.id }, 'an attachment could not be fetched');
      const again = thrown.retryable ? ' I will try again when you write next.' : '';
      const read = failed(mediaType, `"${name}" could not be fetched: ${thrown.message}${again}`);
      return { bytes: null, read, tries: thrown.retryable ? 1 : 0 };
    }
  }

  return {
    known: async ({ run, thread }) => perRun.get(run) ?? files.list(thread.id),
    of: ({ sees }) => ({
      async prepare(scene, messages, signal) {
        try {
          const all = await prepare(scene, messages, signal);
          perRun.set(scene.run, all);
          // Of what is tried again only the first failure is told.
          const fresh = all.filter(({ runId, tries }) => runId === scene.run.id && tries <= 1);
          return noticeOf(fresh.map((file) => (isPicture(file) && !sees ? unseen(file) : file)));
        } catch (error) {
          signal.throwIfAborted();
          logger.warn({ err: error, runId: scene.run.id }, 'the files of a thread could not be read');
          return '';
        }
      },
    }),
  };
}

/** The attachments that people sent, each once, the newest first. */
function wantedOf(messages: readonly Message[]): Wanted[] {
  const found = new Map<string, Wanted>();
  for (const { id, role, sourceId, attachments } of messages.toReversed()) {
    if (role !== 'human') continue;
    for (const attachment of attachments) {
      const known = found.get(attachment.id);
      if (known === undefined) found.set(attachment.id, { attachment, sourceId, messageIds: [id] });
      else known.messageIds.push(id);
    }
  }
  return [...found.values()];
}

/** Also one that no model could look at: what is wrong with it is of no matter then. */
function isPicture({ status, mediaType }: ThreadFile): boolean {
  return status === 'image' || (status === 'failed' && mediaType?.startsWith('image/') === true);
}

function unseen(file: ThreadFile): Pick<ThreadFile, 'problem'> {
  return { problem: `"${file.name}" is a picture, and I cannot look at pictures.` };
}

function failed(mediaType: string | null, problem: string): ReadAttachment {
  return { status: 'failed', mediaType, problem, summary: '', text: null, keeps: false };
}
