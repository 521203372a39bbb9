import type { Context } from '../context.ts';
import type { Json } from '../json.ts';
import type { UploadedFile } from './body.ts';

/** One request, understood. */
export type Call = {
  params: Record<string, string>;
  query: URLSearchParams;
  value: unknown;
  body: Json;
  files: UploadedFile[];
};

/** The answer; 204 has no body. */
export type Reply = { status: number; body?: unknown };
export type Handler = (ctx: Context, call: Call) => Reply;

/** `open` routes take no bot token and are exempt from the global limit: interactions and their webhooks. */
export type Route = { method: string; template: string; handle: Handler; open?: boolean };
export type Match = { route: Route; params: Record<string, string> };

/** The named parameter of the matched path. */
export function param(call: Call, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new Error(`the route has no parameter ${name}`);
  return value;
}

function matchTemplate(template: string, path: string): Record<string, string> | undefined {
  const wanted = template.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index];
    if (value === undefined) return undefined;
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(value);
    else if (part !== value) return undefined;
  }
  return params;
}

/** The first route of the table that fits; `wrongMethod` when the path exists for other methods only. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): Match | 'wrong-method' | undefined {
  let pathExists = false;
  for (const route of routes) {
    const params = matchTemplate(route.template, path);
    if (!params) continue;
    if (route.method === method) return { route, params };
    pathExists = true;
  }
  return pathExists ? 'wrong-method' : undefined;
}
