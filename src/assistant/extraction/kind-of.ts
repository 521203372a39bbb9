import { extname } from 'node:path';
import type { DocumentKind, RawFile } from '../../core/ports.ts';
import { unreadable } from './faults.ts';

const BY_EXTENSION: ReadonlyMap<string, DocumentKind> = new Map([
  ...kinds('markdown', 'md mdx markdown mdown'),
  ...kinds('html', 'html htm xhtml'),
  ...kinds('csv', 'csv tsv'),
  ...kinds('text', 'txt text log rst adoc org tex srt vtt ini cfg conf env properties'),
  ...kinds(
    'code',
    'js mjs cjs ts mts cts jsx tsx py rb go rs java kt kts scala c h cc cpp hpp cs swift m php pl lua r jl sh bash zsh ps1 sql graphql proto css scss less vue svelte json jsonl ndjson yaml yml toml xml tf dart ex exs erl hs clj gradle dockerfile makefile diff patch',
  ),
]);

const BY_MEDIA_TYPE: ReadonlyMap<string, DocumentKind> = new Map([
  ['text/markdown', 'markdown'],
  ['text/html', 'html'],
  ['application/xhtml+xml', 'html'],
  ['text/csv', 'csv'],
  ['text/tab-separated-values', 'csv'],
  ['text/plain', 'text'],
  ['application/json', 'code'],
  ['application/xml', 'code'],
  ['text/xml', 'code'],
]);

const BY_CONTENT: ReadonlyMap<string, DocumentKind> = new Map([
  ['application/pdf', 'pdf'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
  ['text/html', 'html'],
]);

/** Extensions of files that can be read, without the dot: what is taken of a folder. */
export const READABLE_EXTENSIONS: ReadonlySet<string> = new Set([
  ...BY_EXTENSION.keys(),
  'pdf',
  'docx',
  'xlsx',
]);

/** Tells what a file is by its bytes, then its name, then what its sender says. @throws ThreadrelayError `invalid_input` */
export async function kindOf({ bytes, name, mediaType }: RawFile): Promise<DocumentKind> {
  const { fileTypeFromBuffer } = await import('file-type');
  const found = await fileTypeFromBuffer(bytes);
  const extension = extname(name).slice(1).toLowerCase() || name.toLowerCase();
  const claimed = BY_EXTENSION.get(extension);
  if (found === undefined || found.mime === 'application/xml') {
    if (claimed !== undefined) return claimed;
    const said = mediaType?.split(';')[0]?.trim().toLowerCase() ?? '';
    return BY_MEDIA_TYPE.get(said) ?? (looksLikeHtml(bytes) ? 'html' : 'text');
  }
  const kind = BY_CONTENT.get(found.mime);
  if (kind !== undefined) return kind;
  if (found.mime === 'application/x-cfb') throw olderOffice(name, extension);
  if (extension === 'docx' || extension === 'xlsx') {
    throw unreadable(name, `is no ${extension.toUpperCase()} file inside, though its name says so.`);
  }
  throw unreadable(
    name,
    `is a file of the type ${found.mime}, which cannot be read. Send it as PDF, DOCX, XLSX, HTML, CSV or text.`,
  );
}

/** Office keeps encrypted files in the container of its formats before 2007. */
function olderOffice(name: string, extension: string) {
  return extension === 'docx' || extension === 'xlsx'
    ? unreadable(name, 'is encrypted. Save it without a password and send it again.')
    : unreadable(name, 'is in the format of Office before 2007. Save it as DOCX or XLSX and send it again.');
}

function looksLikeHtml(bytes: Uint8Array): boolean {
  return /^\s*<(!doctype html|html)\b/i.test(Buffer.from(bytes.subarray(0, 200)).toString('latin1'));
}

function kinds(kind: DocumentKind, extensions: string): [string, DocumentKind][] {
  return extensions.split(' ').map((extension) => [extension, kind]);
}
