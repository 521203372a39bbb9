import { spawn } from 'node:child_process';

/** How a command ended: its exit code (null when it was killed or never ran) and what it said. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Longest output kept of a command, in characters; the end of it is what explains a failure. */
const KEPT = 20_000;

/**
 * Runs a command to its end without a shell. Never throws: a command that cannot run has code null
 * and its reason in `stderr`. With `env`, the command sees nothing of this process's environment.
 */
export function runCommand(
  file: string,
  args: readonly string[],
  options: {
    readonly timeoutMs?: number | undefined;
    readonly signal?: AbortSignal | undefined;
    readonly env?: Record<string, string> | undefined;
    readonly onOutput?: ((text: string) => void) | undefined;
  } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.env && { env: options.env }),
      ...(options.signal && { signal: options.signal }),
      ...(options.timeoutMs !== undefined && { timeout: options.timeoutMs, killSignal: 'SIGKILL' }),
    });
    const kept = { stdout: '', stderr: '' };
    const collect = (stream: 'stdout' | 'stderr') => (chunk: string) => {
      kept[stream] = (kept[stream] + chunk).slice(-KEPT);
      options.onOutput?.(chunk);
    };
    child.stdout.setEncoding('utf8').on('data', collect('stdout'));
    child.stderr.setEncoding('utf8').on('data', collect('stderr'));
    child.on('error', (error) => {
      kept.stderr += error.message;
      resolve({ code: null, ...kept });
    });
    child.on('close', (code) => resolve({ code, ...kept }));
  });
}
