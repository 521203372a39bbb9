/** What model providers take as a name. */
const MAX_NAME = 64;

/** A server's tool as models call it: `files_read` for `read` of `files`. Pure. */
export function mcpToolName(server: string, tool: string): string {
  return `${server}_${tool}`.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, MAX_NAME);
}
