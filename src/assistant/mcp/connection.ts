import { ThreadrelayError } from '../../core/errors.ts';
import type { GuardedFetch } from '../../core/ports.ts';
import { type ReadVariable, variableMissing, withSecrets } from '../http-tools/secret-headers.ts';
import { guardedMcpFetch } from './guarded-mcp-fetch.ts';
import type { McpServerConfig } from './mcp-server-config.ts';

/** For starting a program or reaching a server, in milliseconds; some programs are fetched when they first start. */
const OPEN_MS = 30_000;
/** Pages of a server's list of tools; a list without an end is none. */
const MAX_PAGES = 20;

export type McpToolDefinition = { name: string; description: string; inputSchema: Record<string, unknown> };

export type McpAnswer = { content: readonly unknown[]; structured: unknown; isError: boolean };

/** A conversation with one server. Its methods throw what the client throws, which is told apart by `isOver`. */
export type McpConnection = {
  listTools(signal?: AbortSignal): Promise<readonly McpToolDefinition[]>;
  callTool(name: string, args: Record<string, unknown>, signal: AbortSignal): Promise<McpAnswer>;
  close(): Promise<void>;
};

export type McpConnectionParts = {
  /** The guarded way out; `allowPrivate` names hosts, as `host` or `host:port`, that may be private. */
  fetch(allowPrivate: readonly string[]): Promise<GuardedFetch>;
  readVariable: ReadVariable;
};

/** @throws ThreadrelayError when a variable is missing; the client's error when the server is not there */
export async function openMcpConnection(
  server: McpServerConfig,
  parts: McpConnectionParts,
): Promise<McpConnection> {
  const { createMCPClient } = await import('@ai-sdk/mcp');
  const client = await createMCPClient({
    transport: await transportOf(server, parts),
    clientName: 'threadrelay',
    initializationOptions: { timeout: OPEN_MS },
    // What a server says unasked is nothing to us, and what fails is told to who waits for it.
    onUncaughtError: () => {},
  });
  const { timeoutMs: timeout } = server;
  return {
    async listTools(signal) {
      const found: McpToolDefinition[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const { tools, nextCursor } = await client.listTools({
          ...(cursor === undefined ? {} : { params: { cursor } }),
          options: { timeout, ...(signal === undefined ? {} : { signal }) },
        });
        found.push(
          ...tools.map(({ name, description = '', inputSchema }) => ({ name, description, inputSchema })),
        );
        if (nextCursor === undefined) break;
        cursor = nextCursor;
      }
      return found;
    },
    async callTool(name, args, signal) {
      const result = await client.callTool({ name, arguments: args, options: { timeout, signal } });
      if ('content' in result && Array.isArray(result.content)) {
        const structured: unknown = 'structuredContent' in result ? result.structuredContent : undefined;
        return { content: result.content, structured, isError: result.isError === true };
      }
      return {
        content: [],
        structured: 'toolResult' in result ? result.toolResult : undefined,
        isError: false,
      };
    },
    close: () => client.close(),
  };
}

async function transportOf(server: McpServerConfig, { fetch, readVariable }: McpConnectionParts) {
  if (server.kind === 'http') {
    const { url, secretHeaders, allowPrivate, timeoutMs } = server;
    const guarded = await fetch(allowPrivate ? [new URL(url).host] : []);
    return {
      type: 'http' as const,
      url,
      headers: withSecrets(secretHeaders, readVariable),
      fetch: guardedMcpFetch(guarded, timeoutMs),
    };
  }
  const { StdioMCPTransport } = await import('@ai-sdk/mcp/mcp-stdio');
  const env = server.envFrom.map((name) => {
    const value = readVariable(name);
    if (value === undefined) throw variableMissing(name);
    return [name, value] as const;
  });
  // What it writes beside the protocol may be anything, secrets too.
  return new StdioMCPTransport({
    command: server.command,
    args: [...server.args],
    env: Object.fromEntries(env),
    stderr: 'ignore',
  });
}

/** Whether the server itself answered with an error: the connection is as good as before. */
export function isServersAnswer(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}

/** Whether a server has forgotten the session, so that what was asked has surely not happened. */
export function isForgotten(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    ('statusCode' in error && error.statusCode === 404) || /closed client|not connected/i.test(error.message)
  );
}

export function away(server: McpServerConfig, cause: unknown): ThreadrelayError {
  return new ThreadrelayError('platform_unreachable', `The server "${server.name}" does not answer.`, {
    retryable: true,
    certain: false,
    cause,
  });
}
