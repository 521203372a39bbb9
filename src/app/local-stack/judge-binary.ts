import type { BinaryKind } from './binary-kinds.ts';
import { runCommand } from './run-command.ts';
import { isAtLeast, versionIn } from './versions.ts';

/** A binary that runs and is new enough, or the reason in words why it is not taken. */
export type Judgement =
  | { readonly ok: true; readonly path: string; readonly version: string }
  | { readonly ok: false; readonly reason: string };

/** Longest wait for `--version`, in milliseconds; a cold disk may need seconds for a 140 MB binary. */
const VERSION_TIMEOUT_MS = 15_000;

/** Runs the binary with `--version` and says whether it can be taken. */
export async function judgeBinary(kind: BinaryKind, path: string, searchPath: string): Promise<Judgement> {
  const result = await runCommand(path, ['--version'], {
    timeoutMs: VERSION_TIMEOUT_MS,
    env: storeEnvironment(searchPath),
  });
  if (result.code !== 0) {
    const said = result.stderr.trim().split('\n').at(-1) ?? '';
    return { ok: false, reason: `${path} cannot run: ${said || `exit code ${result.code ?? 'none'}`}` };
  }
  const version = versionIn(result.stdout);
  if (version === undefined) return { ok: false, reason: `${path} does not say its version` };
  if (!isAtLeast(version, kind.leastVersion)) {
    return {
      ok: false,
      reason: `${path} is ${kind.title} ${version}, but ${kind.leastVersion} or later is needed`,
    };
  }
  return { ok: true, path, version };
}

/** The environment of a store's process: without the service's secrets. */
export function storeEnvironment(searchPath: string): Record<string, string> {
  return { PATH: searchPath, LC_ALL: 'C' };
}
