import type { z } from 'zod';
import { metadataKeyFault } from '../../core/threads/metadata-key.ts';

type Fields = Readonly<Record<string, { readonly required: boolean }>>;

const PLACEHOLDER = /\{([A-Za-z]\w*)\}/g;

function placeholdersOf(template: string): string[] {
  return Array.from(template.matchAll(PLACEHOLDER), ([, field = '']) => field);
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsOf) : [];
}

/** What a URL begins with: scheme, user and host, which nothing that a model says may change. */
const BEFORE_PATH = /^[^/?#]*(?:\/\/[^/?#]*)?/;

export function checkHttpTool(
  tool: {
    readonly url: string;
    readonly method: string;
    readonly input: Fields;
    readonly body?: Readonly<Record<string, unknown>> | undefined;
    readonly headers_env: Readonly<Record<string, string>>;
    readonly allow_private: boolean;
  },
  context: z.RefinementCtx,
): void {
  const issue = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message });
  const before = BEFORE_PATH.exec(tool.url)?.[0] ?? '';
  if (/[{}]/.test(before)) return issue('url', 'may hold {fields} in its path and query only');
  if (/[{}]/.test(tool.url.replaceAll(PLACEHOLDER, '')))
    issue('url', 'holds a "{" or "}" that names no field');
  checkAddress(tool.url, tool, (message) => issue('url', message));
  for (const field of placeholdersOf(tool.url)) {
    const given = Object.hasOwn(tool.input, field) ? tool.input[field] : undefined;
    if (given === undefined) issue('url', `holds {${field}}, which "input" does not declare`);
    else if (!given.required && isInPath(tool.url, field)) {
      issue('url', `holds {${field}} in its path, so the field must be required`);
    }
  }
  if (tool.body === undefined) return;
  if (tool.method === 'GET' || tool.method === 'DELETE') issue('body', `is not sent with ${tool.method}`);
  for (const field of textsOf(tool.body).flatMap(placeholdersOf)) {
    if (!Object.hasOwn(tool.input, field)) {
      issue('body', `holds {${field}}, which "input" does not declare`);
    }
  }
}

export function checkMcpServer(
  server: {
    readonly command?: string | undefined;
    readonly args?: readonly string[] | undefined;
    readonly env_from?: readonly string[] | undefined;
    readonly url?: string | undefined;
    readonly headers_env?: Readonly<Record<string, string>> | undefined;
    readonly allow_private?: boolean | undefined;
  },
  context: z.RefinementCtx,
): void {
  const issue = (message: string, path: string[] = []) => context.addIssue({ code: 'custom', path, message });
  if ((server.command === undefined) === (server.url === undefined)) {
    return issue('takes exactly one of command, url');
  }
  const misplaced =
    server.url === undefined ? (['headers_env', 'allow_private'] as const) : (['args', 'env_from'] as const);
  for (const key of misplaced) {
    if (server[key] !== undefined) {
      issue(`stands with "${server.url === undefined ? 'url' : 'command'}" only`, [key]);
    }
  }
  if (server.url === undefined) return;
  const { url, headers_env: secrets = {}, allow_private: isPrivate = false } = server;
  checkAddress(url, { headers_env: secrets, allow_private: isPrivate }, (message) => issue(message, ['url']));
}

function checkAddress(
  text: string,
  tool: { readonly headers_env: Readonly<Record<string, string>>; readonly allow_private: boolean },
  issue: (message: string) => void,
): void {
  const url = URL.parse(text.replaceAll(/[{}]/g, ''));
  if (url === null || !/^https?:$/.test(url.protocol) || url.host === '') {
    return issue('must be an address like https://api.example.com/orders');
  }
  if (url.username !== '' || url.password !== '') {
    issue('may not hold a user name or password: put them into headers_env');
  }
  const isOpen = url.protocol === 'http:' && !tool.allow_private;
  if (isOpen && Object.keys(tool.headers_env).length > 0) {
    issue('must begin with https:// where headers_env are sent, or the host must be allowed to be private');
  }
}

function isInPath(url: string, field: string): boolean {
  return placeholdersOf(url.replace(/[?#].*$/, '')).includes(field);
}

/** Keys that no thread can have. */
export function checkMetadataKeys(keys: readonly string[], context: z.RefinementCtx): void {
  for (const [index, key] of keys.entries()) {
    const fault = metadataKeyFault(key);
    if (fault !== null) context.addIssue({ code: 'custom', path: [index], message: fault });
  }
}
