import type { McpServers } from '../assistant/mcp/mcp-servers.ts';
import type { McpServerConfig } from '../assistant/mcp/mcp-server-config.ts';
import type { HttpToolConfig } from '../assistant/http-tools/http-tool-config.ts';
import type { Tool } from '../assistant/tools/tool.ts';
import type { Logger } from '../core/logger.ts';
import type { GuardedFetch } from '../core/ports.ts';
import type { RawEnvironment } from './config/environment.ts';

/** Tools of the world outside, made when a run first needs them. */
export type OutsideTools = {
  http(tool: HttpToolConfig): Promise<Tool>;
  mcp(server: McpServerConfig, only: string | null): Promise<readonly Tool[]>;
  /** Closes the connections to servers of tools. */
  stop(): Promise<void>;
};

export function createOutside({
  logger,
  variables,
}: {
  logger: Logger;
  variables: RawEnvironment;
}): OutsideTools {
  const readVariable = (name: string) => variables[name]?.trim();
  let servers: Promise<McpServers> | null = null;
  const openServers = async () => {
    const { createMcpServers } = await import('../assistant/mcp/mcp-servers.ts');
    return createMcpServers({ fetch: guardedFetch, readVariable, logger });
  };
  return {
    async http(tool) {
      const { httpTool } = await import('../assistant/http-tools/http-tool.ts');
      // Fields stand in the path and the query only, so that the host is known before.
      const host = new URL(tool.url.replaceAll(/[{}]/g, '')).host;
      return httpTool(tool, { fetch: await guardedFetch(tool.allowPrivate ? [host] : []), readVariable });
    },
    async mcp(server, only) {
      const { mcpTools } = await import('../assistant/mcp/mcp-tools.ts');
      servers ??= openServers();
      return mcpTools(server, only, { servers: await servers, logger });
    },
    async stop() {
      await (await servers)?.stop();
    },
  };
}

async function guardedFetch(hosts: readonly string[]): Promise<GuardedFetch> {
  const { createGuardedFetch } = await import('../outbound/guarded-fetch.ts');
  return createGuardedFetch({ allowPrivate: hosts.flatMap(webPlacesOf) });
}

/** Without a port a host's web servers alone are meant: what else listens on it is not the tool's. */
function webPlacesOf(host: string): string[] {
  return /:\d+$/.test(host) ? [host] : [`${host}:80`, `${host}:443`];
}
