import type { McpServerConfig } from '../../assistant/mcp/mcp-server-config.ts';
import type { HttpToolConfig, SecretHeader } from '../../assistant/http-tools/http-tool-config.ts';
import { BUILT_IN_TOOLS, type ToolChoice } from '../../assistant/tools/tool-config.ts';
import type { HttpToolDocument, McpServerDocument, ToolsDocument } from './tools-schema.ts';

const MCP = /^mcp:([^/]+)(?:\/(.+))?$/;

/** What a name in an assistant's list of tools stands for; null for what is declared nowhere. */
export function toToolChoice(name: string, { http, mcp }: ToolsDocument): ToolChoice | null {
  const builtIn = BUILT_IN_TOOLS.find((each) => each === name);
  if (builtIn !== undefined) return { kind: 'built_in', name: builtIn };
  const [, server, tool = null] = MCP.exec(name) ?? [];
  if (server === undefined) {
    const found = Object.hasOwn(http, name) ? http[name] : undefined;
    return found === undefined ? null : { kind: 'http', tool: toHttpTool(name, found) };
  }
  const found = Object.hasOwn(mcp, server) ? mcp[server] : undefined;
  return found === undefined ? null : { kind: 'mcp', server: toMcpServer(server, found), tool };
}

/** An assistant's tools, in the order of its list; a name that is declared nowhere is a fault that is told elsewhere. */
export function toToolChoices(names: readonly string[], tools: ToolsDocument): readonly ToolChoice[] {
  return names.flatMap((name) => toToolChoice(name, tools) ?? []);
}

/** The names that a list of tools may hold. */
export function knownToolNames({ http, mcp }: ToolsDocument): readonly string[] {
  return [...BUILT_IN_TOOLS, ...Object.keys(http), ...Object.keys(mcp).map((server) => `mcp:${server}`)];
}

function toHttpTool(name: string, document: HttpToolDocument): HttpToolConfig {
  const { description, method, url, headers, body, timeout_ms: timeoutMs } = document;
  const fields = Object.entries(document.input).map(([field, given]) => {
    const { type, enum: values = null, max_length: maxLength = null, required } = given;
    const about = given.description ?? null;
    return [field, { type, description: about, isRequired: required, values, maxLength }] as const;
  });
  return {
    name,
    description,
    method,
    url,
    fields: new Map(fields),
    headers,
    secretHeaders: toSecretHeaders(document.headers_env),
    body: body ?? null,
    timeoutMs,
    allowPrivate: document.allow_private,
  };
}

function toMcpServer(name: string, document: McpServerDocument): McpServerConfig {
  const { command, args = [], env_from: envFrom = [], url = '', timeout_ms: timeoutMs } = document;
  if (command !== undefined) return { kind: 'stdio', name, timeoutMs, command, args, envFrom };
  return {
    kind: 'http',
    name,
    timeoutMs,
    url,
    secretHeaders: toSecretHeaders(document.headers_env ?? {}),
    allowPrivate: document.allow_private ?? false,
  };
}

/** `Bearer SHOP_TOKEN` is a scheme and a variable. */
export function toSecretHeaders(documents: Readonly<Record<string, string>>): readonly SecretHeader[] {
  return Object.entries(documents).map(([header, value]) => {
    const [scheme = '', env] = value.split(' ');
    return env === undefined ? { header, scheme: null, env: scheme } : { header, scheme, env };
  });
}
