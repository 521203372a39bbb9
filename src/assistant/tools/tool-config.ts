import type { HttpToolConfig } from '../http-tools/http-tool-config.ts';
import type { McpServerConfig } from '../mcp/mcp-server-config.ts';

/** Tools of the product itself, as `assistants.<name>.tools` names them. */
export const BUILT_IN_TOOLS = [
  'search_knowledge',
  'search_thread',
  'remember',
  'recall',
  'run_code',
  'set_metadata',
] as const;

export type BuiltInTool = (typeof BUILT_IN_TOOLS)[number];

/** What an assistant's list of tools names. */
export type ToolChoice =
  | { readonly kind: 'built_in'; readonly name: BuiltInTool }
  | { readonly kind: 'http'; readonly tool: HttpToolConfig }
  /** `tool` null: all that the server has. */
  | { readonly kind: 'mcp'; readonly server: McpServerConfig; readonly tool: string | null };
