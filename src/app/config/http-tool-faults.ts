import type { z } from 'zod';
import { maySetHeader } from '../../outbound/own-headers.ts';
import { addressFaults } from './tool-address.ts';

type Field = {
  readonly type: string;
  readonly required: boolean;
  readonly enum?: readonly string[] | undefined;
  readonly max_length?: number | undefined;
};

type HttpTool = {
  readonly url: string;
  readonly method: string;
  readonly input: Readonly<Record<string, Field>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly headers_env: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>> | undefined;
  readonly allow_private: boolean;
};

type Issue = { readonly path: readonly string[]; readonly message: string };

/** Adds what cannot work in a tool that is one HTTP request. */
export function checkHttpTool(tool: HttpTool, context: z.RefinementCtx): void {
  for (const { path, message } of [
    ...urlIssues(tool),
    ...fieldIssues(tool),
    ...headerIssues(tool),
    ...bodyIssues(tool),
  ]) {
    context.addIssue({ code: 'custom', path: [...path], message });
  }
}

const PLACEHOLDER = /\{([A-Za-z]\w*)\}/g;

/** Scheme, user and host, which nothing that a model says may change. */
const BEFORE_PATH = /^https?:\/\/[^/?#]*/i;

function urlIssues(tool: HttpTool): Issue[] {
  const { url } = tool;
  const issue = (message: string): Issue => ({ path: ['url'], message });
  if (/[{}]/.test(BEFORE_PATH.exec(url)?.[0] ?? '')) {
    return [issue('may hold {fields} in its path and query only')];
  }
  const sendsSecrets = Object.keys(tool.headers_env).length > 0;
  const inAddress = [...addressFaults(url, { sendsSecrets, isPrivate: tool.allow_private })];
  const isUnnamed = /[{}]/.test(url.replaceAll(PLACEHOLDER, ''));
  const inPath = new Set(placeholdersOf(url.replace(/[?#].*$/s, '')));
  return [
    ...inAddress.map(issue),
    ...(isUnnamed ? [issue('holds a "{" or "}" that names no field')] : []),
    ...(url.includes('#') ? [issue('holds a "#": what follows it is never sent')] : []),
    ...placeholdersOf(url).flatMap((field) => {
      const given = Object.hasOwn(tool.input, field) ? tool.input[field] : undefined;
      if (given === undefined) return [issue(`holds {${field}}, which "input" does not declare`)];
      if (given.required || !inPath.has(field)) return [];
      return [issue(`holds {${field}} in its path, so the field must be required`)];
    }),
  ];
}

function fieldIssues({ input, body, url }: HttpTool): Issue[] {
  const sent = new Set([...placeholdersOf(url), ...textsOf(body).flatMap(placeholdersOf)]);
  return Object.entries(input).flatMap(([field, { type, ...bounds }]) => [
    ...(['enum', 'max_length'] as const)
      .filter((key) => bounds[key] !== undefined && type !== 'string')
      .map((key) => ({ path: ['input', field, key], message: 'bounds texts only: take it away' })),
    ...(body === undefined || sent.has(field)
      ? []
      : [{ path: ['input', field], message: `is never sent: neither "url" nor "body" holds {${field}}` }]),
  ]);
}

function headerIssues({ headers, headers_env: secret }: HttpTool): Issue[] {
  const both = { headers, headers_env: secret };
  const seen = new Set<string>();
  return (['headers', 'headers_env'] as const).flatMap((key) =>
    Object.keys(both[key]).flatMap((header) => {
      const path = [key, header];
      const name = header.toLowerCase();
      if (!maySetHeader(name)) return [{ path, message: 'is set by threadrelay itself: take it away' }];
      if (seen.has(name)) return [{ path, message: 'is given twice: a header has one value' }];
      seen.add(name);
      return [];
    }),
  );
}

function bodyIssues({ body, method, input }: HttpTool): Issue[] {
  if (body === undefined) return [];
  const isSent = method !== 'GET' && method !== 'DELETE';
  const undeclared = textsOf(body)
    .flatMap(placeholdersOf)
    .filter((field) => !Object.hasOwn(input, field));
  return [
    ...(isSent ? [] : [{ path: ['body'], message: `is not sent with ${method}: set "method", as POST` }]),
    ...undeclared.map((field) => ({
      path: ['body'],
      message: `holds {${field}}, which "input" does not declare`,
    })),
  ];
}

function placeholdersOf(template: string): string[] {
  return Array.from(template.matchAll(PLACEHOLDER), ([, field = '']) => field);
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsOf) : [];
}
