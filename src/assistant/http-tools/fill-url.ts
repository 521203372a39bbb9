import { ThreadrelayError } from '../../core/errors.ts';
import type { HttpToolConfig } from './http-tool-config.ts';

export type Arguments = Readonly<Record<string, unknown>>;

const PLACEHOLDER = /\{([A-Za-z]\w*)\}/g;

export function fieldsIn(template: string): string[] {
  return Array.from(template.matchAll(PLACEHOLDER), ([, field = '']) => field);
}

/**
 * The tool's address with arguments in it. They stay within the path segment or the query parameter where their
 * placeholder stands: what would lead elsewhere is encoded, or refused where servers would decode it. Parameters whose
 * field is not given are left out; `more` are added to the query.
 * @throws ThreadrelayError `invalid_input` for a value that cannot be part of a path
 */
export function fillUrl({ url }: Pick<HttpToolConfig, 'url'>, args: Arguments, more: Arguments): string {
  const [beforeHash = ''] = url.split('#');
  const cut = beforeHash.indexOf('?');
  const path = cut === -1 ? beforeHash : beforeHash.slice(0, cut);
  const query = cut === -1 ? [] : beforeHash.slice(cut + 1).split('&');
  const parameters = [
    ...query
      .filter((parameter) => fieldsIn(parameter).every((field) => args[field] !== undefined))
      .map((parameter) => filled(parameter, args)),
    ...Object.entries(more).map(([field, value]) => `${field}=${encoded(value)}`),
  ].filter((parameter) => parameter !== '');
  for (const field of fieldsIn(path)) checkSegment(field, String(args[field]));
  const filledPath = filled(path, args);
  // The configuration lets no field stand in a host; should one get there nevertheless, it is not obeyed.
  const origin = originOf(filledPath);
  if (origin === null || origin !== originOf(path.replaceAll(PLACEHOLDER, 'x'))) {
    throw noSegment('What was given');
  }
  // A dot of the template and one of the arguments make two.
  if (filledPath.split('/').some((segment) => /^\.\.?$/.test(segment))) throw noSegment('What was given');
  return `${filledPath}${parameters.length === 0 ? '' : `?${parameters.join('&')}`}`;
}

function originOf(url: string): string | null {
  return URL.parse(url)?.origin ?? null;
}

function filled(template: string, args: Arguments): string {
  return template.replaceAll(PLACEHOLDER, (_, field: string) => encoded(args[field]));
}

function encoded(value: unknown): string {
  return encodeURIComponent(String(value).toWellFormed());
}

/** Encoded slashes are decoded by some servers before they look for `..`. */
function checkSegment(field: string, value: string): void {
  const climbs = value.split(/[/\\]/).some((part) => /^\.\.?$/.test(part.trim()));
  if (value.trim() === '' || climbs || value.includes('\0')) throw noSegment(`"${field}"`);
}

function noSegment(what: string): ThreadrelayError {
  return new ThreadrelayError(
    'invalid_input',
    `${what} cannot be part of an address: it is empty or leads elsewhere.`,
  );
}
