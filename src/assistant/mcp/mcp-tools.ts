import { z } from 'zod';
import { ThreadrelayError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { defineTool, type Tool } from '../tools/tool.ts';
import { nameArguments } from './argument-names.ts';
import { isServersAnswer, type McpAnswer, type McpToolDefinition } from './connection.ts';
import type { McpServerConfig } from './mcp-server-config.ts';
import { mcpToolName } from './mcp-tool-name.ts';
import type { McpServers } from './mcp-servers.ts';

/** Each description is sent with every step, and a server writes what it likes; in UTF-16 units. */
const MAX_DESCRIPTION = 2_000;
const MAX_SCHEMA = 20_000;
/** The client ends a call itself, a moment before this, in milliseconds. */
const GRACE_MS = 1_000;

/**
 * Tools of a server as an assistant gets them, under its name: `files` has `files_read`. With `only` just that one. None,
 * with a warning, when the server is away.
 */
export async function mcpTools(
  server: McpServerConfig,
  only: string | null,
  { servers, logger }: { servers: McpServers; logger: Logger },
): Promise<readonly Tool[]> {
  const definitions = await servers.tools(server);
  if (definitions === null) {
    logger.warn({ server: server.name }, 'tools were left out, because their server is away');
    return [];
  }
  const wanted = definitions.filter(({ name }) => only === null || name === only);
  if (wanted.length === 0)
    logger.warn({ server: server.name, tool: only }, 'a server does not have this tool');
  return wanted.flatMap((definition) => {
    const tool = toTool(server, definition, servers);
    if (tool === null) logger.warn({ server: server.name, tool: definition.name }, 'a tool was left out');
    return tool ?? [];
  });
}

function toTool(
  server: McpServerConfig,
  { name, description, inputSchema }: McpToolDefinition,
  servers: McpServers,
): Tool | null {
  if (inputSchema['type'] !== 'object' || JSON.stringify(inputSchema).length > MAX_SCHEMA) return null;
  const { schema, asGiven } = nameArguments(inputSchema);
  return defineTool({
    name: mcpToolName(server.name, name),
    description: description.slice(0, MAX_DESCRIPTION).toWellFormed() || name,
    // The server knows its own schema best, and says in words what does not fit.
    input: z.record(z.string(), z.unknown()),
    inputSchema: schema,
    timeoutMs: server.timeoutMs + GRACE_MS,
    async execute(args, _scene, signal) {
      try {
        return told(await servers.call(server, name, asGiven(args), signal));
      } catch (error) {
        if (!isServersAnswer(error) || !(error instanceof Error)) throw error;
        throw new ThreadrelayError('platform_refused', `The server answered: ${error.message}`);
      }
    },
  });
}

const part = z
  .object({ type: z.string(), text: z.string().optional(), mimeType: z.string().optional() })
  .loose();

/** @throws ThreadrelayError `platform_refused` when the tool says that it failed */
function told({ content, structured, isError }: McpAnswer): unknown {
  const text = content.map(textOf).join('\n');
  if (isError) throw new ThreadrelayError('platform_refused', text === '' ? 'The tool failed.' : text);
  return structured ?? text;
}

/** Pictures, sounds and files are named, not shown. */
function textOf(given: unknown): string {
  const parsed = part.safeParse(given);
  if (!parsed.success) return '[something that cannot be shown]';
  const { type, text, mimeType } = parsed.data;
  if (type === 'text' && text !== undefined) return text;
  return `[${type}${mimeType === undefined ? '' : `, ${mimeType}`}]`;
}
