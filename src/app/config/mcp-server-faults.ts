import type { z } from 'zod';
import { addressFaults } from './tool-address.ts';

/** A guarded request never takes longer, in milliseconds. */
export const LONGEST_CALL_MS = 10_000;

type McpServer = {
  readonly command?: string | undefined;
  readonly args?: readonly string[] | undefined;
  readonly env_from?: readonly string[] | undefined;
  readonly url?: string | undefined;
  readonly headers_env?: Readonly<Record<string, string>> | undefined;
  readonly allow_private?: boolean | undefined;
  readonly timeout_ms: number;
};

/** Adds what cannot work in a server of tools. */
export function checkMcpServer(server: McpServer, context: z.RefinementCtx): void {
  const issue = (message: string, path: string[] = []) => context.addIssue({ code: 'custom', path, message });
  const { command, url } = server;
  if ((command === undefined) === (url === undefined)) {
    const found = url === undefined ? 'none is given' : 'both are given';
    return issue(`takes exactly one of command, url; ${found}`);
  }
  const misplaced =
    url === undefined ? (['headers_env', 'allow_private'] as const) : (['args', 'env_from'] as const);
  for (const key of misplaced) {
    if (server[key] !== undefined)
      issue(`stands with "${url === undefined ? 'url' : 'command'}" only`, [key]);
  }
  if (command !== undefined && isCommandLine(command)) {
    issue('is one program: list its arguments under "args"', ['command']);
  }
  if (url === undefined) return;
  if (/[{}]/.test(url)) issue('may not hold "{" or "}"', ['url']);
  const { headers_env: secrets = {}, allow_private: isPrivate = false } = server;
  const sendsSecrets = Object.keys(secrets).length > 0;
  for (const fault of addressFaults(url, { sendsSecrets, isPrivate })) issue(fault, ['url']);
  if (server.timeout_ms > LONGEST_CALL_MS)
    issue(`must be at most ${LONGEST_CALL_MS} with "url"`, ['timeout_ms']);
}

/** A path may hold spaces; the name of a program that is searched for does not. */
function isCommandLine(command: string): boolean {
  return /\s/.test(command.trim()) && !/[/\\]/.test(command.trim().split(/\s/)[0] ?? '');
}
