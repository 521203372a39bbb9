import { ThreadrelayError } from '../../core/errors.ts';
import type { FileStatus } from '../../core/files/thread-file.ts';
import type { ExtractText, RawFile } from '../../core/ports.ts';
import { withinTime } from '../tools/within-time.ts';
import { summariseText } from './summarise-text.ts';

/** Pictures that models take. */
const PICTURES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
/** Larger pictures are refused by models: Anthropic takes 5 MB of base64. */
const LARGEST_PICTURE = 3_750_000;
const LARGEST_PICTURE_TEXT = '3.75 MB';
/** Reading one file takes no longer: a person waits. */
const LONGEST_READ_MS = 20_000;

export type ReadAttachment = {
  status: FileStatus;
  mediaType: string | null;
  problem: string | null;
  summary: string;
  text: string | null;
  /** Whether the file as it came is worth keeping. */
  keeps: boolean;
};

/**
 * Tells what a file is by its bytes and reads its text. A file that cannot be read is an outcome, with a sentence for
 * people. @throws only when the signal fires
 */
export async function readAttachment(
  file: RawFile,
  extract: ExtractText,
  signal: AbortSignal,
): Promise<ReadAttachment> {
  const { fileTypeFromBuffer } = await import('file-type');
  const mediaType = (await fileTypeFromBuffer(file.bytes))?.mime ?? file.mediaType;
  if (mediaType !== null && PICTURES.has(mediaType) && file.bytes.length > 0) {
    if (file.bytes.length > LARGEST_PICTURE) {
      return failed(
        mediaType,
        `"${file.name}" is too large for a picture (over ${LARGEST_PICTURE_TEXT}). Send a smaller one.`,
      );
    }
    return { status: 'image', mediaType, problem: null, summary: '', text: null, keeps: true };
  }
  try {
    const read = await withinTime(() => extract(file), LONGEST_READ_MS, signal);
    if (read === 'timed_out') {
      return failed(mediaType, `"${file.name}" takes too long to read. Send a part of it.`);
    }
    const { text } = read.value;
    return { status: 'text', mediaType, problem: null, summary: summariseText(text), text, keeps: true };
  } catch (thrown) {
    signal.throwIfAborted();
    const isTold = thrown instanceof ThreadrelayError && thrown.code === 'invalid_input';
    return failed(mediaType, isTold ? thrown.message : `"${file.name}" cannot be read.`);
  }
}

function failed(mediaType: string | null, problem: string): ReadAttachment {
  return { status: 'failed', mediaType, problem, summary: '', text: null, keeps: false };
}
