import { basename } from 'node:path';
import type { DocumentKind, ExtractedText, RawFile } from '../../core/ports.ts';
import { MAX_FILE_BYTES, MAX_TEXT_CHARACTERS } from './bounds.ts';
import { decodeText } from './decode-text.ts';
import { unreadable } from './faults.ts';
import { kindOf } from './kind-of.ts';

/** What a reader of one format gives; a null title stands for the file's name. */
export type Read = { title: string | null; text: string };

/**
 * Reads a document where it is called, and blocks the event loop meanwhile: see `createExtractor`. The reader of each
 * format, with the libraries that it needs, is loaded when the first file of it comes. @throws ThreadrelayError `invalid_input`
 */
export async function extractText(file: RawFile): Promise<ExtractedText> {
  checkSize(file);
  return extractAs(await kindOf(file), file);
}

/** As `extractText`, of a file whose size and kind are known. */
export async function extractAs(kind: DocumentKind, file: RawFile): Promise<ExtractedText> {
  const { name } = file;
  const { title, text } = await read(kind, file);
  if (text.length > MAX_TEXT_CHARACTERS) {
    const limit = MAX_TEXT_CHARACTERS.toLocaleString('en');
    throw unreadable(name, `has too much text (over ${limit} characters). Send a part of it.`);
  }
  if (text.trim() === '') throw unreadable(name, EMPTY[kind] ?? 'has no text in it.');
  return { kind, title: title?.trim() || titleOf(name), text };
}

/** @throws ThreadrelayError `invalid_input` for a file that is empty or too large */
export function checkSize({ bytes, name }: RawFile): void {
  if (bytes.length === 0) throw unreadable(name, 'is empty.');
  if (bytes.length > MAX_FILE_BYTES) {
    throw unreadable(name, `is too large to read (over ${MAX_FILE_BYTES / 2 ** 20} MB). Send a part of it.`);
  }
}

const EMPTY: Partial<Record<DocumentKind, string>> = {
  pdf: 'has no text in it; it may be a scan. Send a PDF with text.',
};

async function read(kind: DocumentKind, { bytes, name }: RawFile): Promise<Read> {
  switch (kind) {
    case 'markdown': {
      const text = decodeText(bytes, name);
      return { title: firstHeading(text), text };
    }
    case 'text':
    case 'code':
      return { title: null, text: decodeText(bytes, name) };
    case 'csv':
      return (await import('./read-csv.ts')).readCsv(decodeText(bytes, name), name);
    case 'html':
      return (await import('./read-html.ts')).readHtml(bytes, name);
    case 'pdf':
      return (await import('./read-pdf.ts')).readPdf(bytes, name);
    case 'docx':
      return (await import('./read-docx.ts')).readDocx(bytes, name);
    case 'xlsx':
      return (await import('./read-xlsx.ts')).readXlsx(bytes, name);
  }
}

function firstHeading(markdown: string): string | null {
  return /^#\s+(.+?)\s*#*\s*$/m.exec(markdown)?.[1] ?? null;
}

function titleOf(name: string): string {
  return basename(name) || 'file';
}
