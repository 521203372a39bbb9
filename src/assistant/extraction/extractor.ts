import type { DocumentKind, ExtractedText, ExtractText, RawFile } from '../../core/ports.ts';
import { createProcessPool, type Loss } from '../process-pool/process-pool.ts';
import { checkSize, extractAs } from './extract-text.ts';
import { unreadable } from './faults.ts';
import { kindOf } from './kind-of.ts';

/** Documents that one process has read at once: one that takes long is not to hold up all others, and each takes a processor. */
const AT_ONCE = 2;
/** A process is kept this long for the next document, in milliseconds: to start one takes longer than to read most. */
const IDLE_MS = 10_000;
/** Of JavaScript's heap, in megabytes: a Word document of `MAX_TEXT_CHARACTERS` takes half of it. */
const HEAP_MB = 512;
/** Of a process with Node (about 100), that heap and what is unpacked, in megabytes. */
const RESIDENT_MB = 768;
/** Longer tables are read apart: so many bytes take some 10 ms. Other text is read as fast as it is copied. */
const INLINE_TABLE_BYTES = 100_000;

/** Formats that are parsed, in milliseconds for each page. Their libraries are loaded where they are read. */
const PARSED: ReadonlySet<DocumentKind> = new Set<DocumentKind>(['html', 'pdf', 'docx', 'xlsx']);

export type ExtractorOptions = {
  /** One document takes no longer, in milliseconds. */
  timeLimitMs: number;
  /** Is told of a document whose process was ended. */
  onLost?: (how: Loss, file: RawFile) => void;
  heapMb?: number;
  residentMb?: number;
  idleMs?: number;
};

export type Extractor = {
  extract: ExtractText;
  /** Ends what is being read. */
  stop(): Promise<void>;
};

/**
 * Reads documents without holding up the event loop: text here, all that has to be parsed in processes of their own, with
 * bounded time and memory. A document that goes beyond them is refused as one that is too large.
 */
export function createExtractor({ onLost, ...options }: ExtractorOptions): Extractor {
  const pool = createProcessPool<RawFile, ExtractedText>({
    module: new URL('extraction-process.ts', import.meta.url),
    atOnce: AT_ONCE,
    idleMs: IDLE_MS,
    heapMb: HEAP_MB,
    residentMb: RESIDENT_MB,
    lost(how, file) {
      onLost?.(how, file);
      return unreadable(file.name, LOST[how]);
    },
    ...options,
  });
  return {
    async extract(file, signal) {
      checkSize(file);
      const kind = await kindOf(file);
      signal?.throwIfAborted();
      return isParsed(kind, file) ? pool.run(file, signal ?? NEVER) : extractAs(kind, file);
    },
    stop: pool.stop,
  };
}

const NEVER = new AbortController().signal;

const LOST: Record<Loss, string> = {
  too_slow: 'takes too long to read. Send a part of it.',
  too_large: 'is too large to read: it takes too much memory. Send a part of it.',
  ended: 'cannot be read.',
};

function isParsed(kind: DocumentKind, { bytes }: RawFile): boolean {
  return PARSED.has(kind) || (kind === 'csv' && bytes.length > INLINE_TABLE_BYTES);
}
