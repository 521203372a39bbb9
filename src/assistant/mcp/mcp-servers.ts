import type { Logger } from '../../core/logger.ts';
import {
  away,
  isForgotten,
  isServersAnswer,
  type McpAnswer,
  type McpConnection,
  type McpConnectionParts,
  type McpToolDefinition,
  openMcpConnection,
} from './connection.ts';
import type { McpServerConfig } from './mcp-server-config.ts';

/** A server that did not answer is not asked again for so long, in milliseconds: no run waits for it meanwhile. */
const AWAY_MS = 10_000;
/** A list of tools is asked for again after this, in milliseconds. */
const LIST_MS = 60_000;
/** A run waits this long for a server's tools, in milliseconds; they are there for the next one. */
const WAIT_MS = 5_000;
/** A connection that nobody uses is closed after this, in milliseconds. */
const IDLE_MS = 600_000;

export type McpServers = {
  /** The server's tools; null when it is away. */
  tools(server: McpServerConfig): Promise<readonly McpToolDefinition[] | null>;
  /** @throws ThreadrelayError `platform_unreachable`; the client's error for what the server answered */
  call(
    server: McpServerConfig,
    tool: string,
    args: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<McpAnswer>;
  stop(): Promise<void>;
};

type Link = {
  connection: Promise<McpConnection>;
  list: { at: number; tools: Promise<readonly McpToolDefinition[]> } | null;
  inUse: number;
  isRetired: boolean;
  idle: NodeJS.Timeout | null;
};

export type McpServersParts = McpConnectionParts & { logger: Logger; open?: typeof openMcpConnection };

/**
 * Connections to the servers of the configuration, one for each in this process: opened when first needed, opened again
 * after they have died, closed when they have been idle. What a reload changed is another server.
 */
export function createMcpServers(parts: McpServersParts): McpServers {
  const { logger, open = openMcpConnection } = parts;
  const links = new Map<string, Link>();
  const awayUntil = new Map<string, number>();
  const alive = new Set<Link>();
  let isStopped = false;

  function linkTo(server: McpServerConfig): Link {
    const key = JSON.stringify(server);
    const known = links.get(key);
    if (known !== undefined) return known;
    const link: Link = {
      connection: open(server, parts),
      list: null,
      inUse: 0,
      isRetired: false,
      idle: null,
    };
    links.set(key, link);
    alive.add(link);
    link.connection.catch((error: unknown) => {
      alive.delete(link);
      retire(server, link);
      awayUntil.set(key, performance.now() + AWAY_MS);
      logger.warn({ err: error, server: server.name }, 'a server of tools is away');
    });
    return link;
  }

  /** No new use; closed as soon as the last use ends. */
  function retire(server: McpServerConfig, link: Link): void {
    const key = JSON.stringify(server);
    if (links.get(key) === link) links.delete(key);
    link.isRetired = true;
    if (link.inUse === 0) close(link);
  }

  function close(link: Link): void {
    if (link.idle !== null) clearTimeout(link.idle);
    alive.delete(link);
    void link.connection.then((connection) => connection.close()).catch(() => undefined);
  }

  async function using<T>(
    server: McpServerConfig,
    link: Link,
    use: (connection: McpConnection) => Promise<T>,
  ): Promise<T> {
    link.inUse += 1;
    if (link.idle !== null) clearTimeout(link.idle);
    try {
      return await use(await link.connection);
    } catch (error) {
      if (!isServersAnswer(error)) retire(server, link);
      throw error;
    } finally {
      link.inUse -= 1;
      if (link.inUse === 0) {
        if (link.isRetired) close(link);
        else link.idle = setTimeout(() => retire(server, link), IDLE_MS).unref();
      }
    }
  }

  function listOf(server: McpServerConfig, link: Link): Promise<readonly McpToolDefinition[]> {
    if (link.list !== null && performance.now() - link.list.at < LIST_MS) return link.list.tools;
    const tools = using(server, link, (connection) => connection.listTools());
    link.list = { at: performance.now(), tools };
    tools.catch(() => (link.list = null));
    return tools;
  }

  return {
    async tools(server) {
      if (isStopped || (awayUntil.get(JSON.stringify(server)) ?? 0) > performance.now()) return null;
      const { promise: late, resolve } = Promise.withResolvers<null>();
      const timer = setTimeout(() => resolve(null), WAIT_MS);
      try {
        return await Promise.race([listed(), late]);
      } catch {
        return null;
      } finally {
        clearTimeout(timer);
      }

      /** A connection that died since its last use says so only now. */
      async function listed(): Promise<readonly McpToolDefinition[]> {
        const link = linkTo(server);
        const wasThere = link.list !== null;
        try {
          return await listOf(server, link);
        } catch (error) {
          if (!wasThere) throw error;
          return listOf(server, linkTo(server));
        }
      }
    },

    async call(server, tool, args, signal) {
      const ask = () =>
        using(server, linkTo(server), (connection) => connection.callTool(tool, args, signal));
      try {
        return await ask().catch((error: unknown) => {
          if (!isForgotten(error) || isStopped) throw error;
          return ask();
        });
      } catch (error) {
        signal.throwIfAborted();
        if (isServersAnswer(error)) throw error;
        throw away(server, error);
      }
    },

    async stop() {
      isStopped = true;
      const left = [...alive];
      links.clear();
      for (const link of left) if (link.idle !== null) clearTimeout(link.idle);
      await Promise.allSettled(left.map(async ({ connection }) => (await connection).close()));
      alive.clear();
    },
  };
}
