import type { Secret } from './config/secret.ts';

export type Blot = (text: string) => string;

const BLOT = '[secret]';

/** Shorter pieces of Base64 would blot out what only looks alike. */
const LEAST_BASE64 = 8;

/**
 * Makes a function that blots every one of the secrets out of a text: as they stand, and as JSON, URLs, forms and Base64
 * write them, wherever in a Base64 text they begin.
 */
export function createBlot(secrets: readonly Secret[]): Blot {
  const forms = new Set(secrets.flatMap((secret) => formsOf(secret.reveal())));
  forms.delete('');
  if (forms.size === 0) return (text) => text;
  // The longest first, so that of a secret that holds another one nothing is left over.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length).map(literally);
  const pattern = new RegExp(longestFirst.join('|'), 'g');
  return (text) => text.replace(pattern, BLOT);
}

function formsOf(value: string): string[] {
  const inJson = inQuotes(value);
  return [
    value,
    inJson,
    inQuotes(inJson),
    encodeURIComponent(value),
    new URLSearchParams({ value }).toString().slice('value='.length),
    ...[0, 1, 2].flatMap((offset) => base64At(value, offset)),
  ];
}

function inQuotes(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** The Base64 digits that come of the value alone when it begins `offset` bytes after a group of three. */
function base64At(value: string, offset: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
  const digits = bytes
    .toString('base64')
    .slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
  if (digits.length < LEAST_BASE64) return [];
  return [digits, digits.replaceAll('+', '-').replaceAll('/', '_')];
}

function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
