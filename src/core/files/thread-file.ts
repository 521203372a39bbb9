/**
 * `text`: it was read and can be searched. `image`: kept for models that see. `failed`: `problem` says why. `removed`: it
 * was too old to be kept; nothing of it is left but that it is not to be fetched again.
 */
export type FileStatus = 'text' | 'image' | 'failed' | 'removed';

/** An attachment of a thread, as it was fetched and read. */
export type ThreadFile = {
  id: string;
  threadId: string;
  projectId: string;
  /** Id of the attachment on its platform: one is fetched once a thread, however many messages show it. */
  attachmentId: string;
  /** The messages that show it; it goes with the last of them. */
  messageIds: string[];
  /** The run that fetched it last, which tells people of its problem. */
  runId: string;
  name: string;
  /** What its bytes say, else its sender; null when nobody said. */
  mediaType: string | null;
  sizeBytes: number | null;
  status: FileStatus;
  /** What is wrong, as a sentence for people; null when nothing is. */
  problem: string | null;
  /** Times it was tried in vain where the next time may be better; 0 where it need not be tried again. */
  tries: number;
  /** Beginning and outline of its text; empty where there is none. */
  summary: string;
  /** Length of its text in UTF-16 units. */
  characters: number;
  createdAt: Date;
};

/** Times that a file is tried which could not be fetched, each in a run of its own. */
const MOST_TRIES = 3;

/** Whether a run should fetch an attachment, given what is known of it. */
export function isToBeFetched(known: ThreadFile | undefined, runId: string): boolean {
  if (known === undefined) return true;
  return known.tries > 0 && known.tries < MOST_TRIES && known.runId !== runId;
}

/** The largest file that is fetched, in bytes; promise 35. */
export const LARGEST_FILE = 10 * 1024 * 1024;

/** The size for people, in whole MB. */
export const LARGEST_FILE_TEXT = `${LARGEST_FILE / (1024 * 1024)} MB`;

/** What people are told of files that could not be used: a line each, set off from the answer that follows. */
export function noticeOf(files: readonly Pick<ThreadFile, 'problem'>[]): string {
  const lines = files.flatMap(({ problem }) => (problem === null ? [] : [`> ${problem}`]));
  return lines.length === 0 ? '' : `${lines.join('\n')}\n\n`;
}
