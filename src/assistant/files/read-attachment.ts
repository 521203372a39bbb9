import { ThreadrelayError } from '../../core/errors.ts';
import type { FileStatus } from '../../core/files/thread-file.ts';
import type { ExtractText, RawFile } from '../../core/ports.ts';
import { pictureProblem } from './check-picture.ts';
import { summariseText } from './summarise-text.ts';

/** Pictures that models take. */
const PICTURES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

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
    const problem = await pictureProblem(file.name, file.bytes);
    if (problem !== null) return failed(mediaType, problem);
    return { status: 'image', mediaType, problem: null, summary: '', text: null, keeps: true };
  }
  try {
    const { text } = await extract(file, signal);
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
