import { fileURLToPath } from 'node:url';
import { runCommand } from './run-command.ts';
import { StoreSetupError } from './stores.ts';

/** MongoDB's own build that is fetched where the internet is open. */
export const OFFICIAL_MONGODB_VERSION = '8.0.12';

const DOWNLOAD_HOST = 'https://fastdl.mongodb.org/';
/** Given up when the host has not answered by then, in milliseconds (closed networks swallow packets). */
const ANSWER_TIMEOUT_MS = 5_000;
/** Longest time for the whole download, in milliseconds: 80 MB over a line of 1 Mbit/s. */
const DOWNLOAD_TIMEOUT_MS = 700_000;

/**
 * Fetches MongoDB's official build into the folder and resolves with the path of its mongod. The download
 * runs in a process of its own, with TLS and MD5 checks on, so that it can be ended and leaves no memory
 * behind. Rejects with StoreSetupError when the host does not answer in 5 s or has no build for this platform.
 */
export async function fetchOfficialMongod(
  folder: string,
  context: {
    readonly progress: (line: string) => void;
    readonly signal?: AbortSignal | undefined;
    readonly platform: string;
    readonly arch: string;
    readonly fetch: typeof fetch;
    readonly answerTimeoutMs?: number | undefined;
  },
): Promise<string> {
  await expectAnswer(context.fetch, context.answerTimeoutMs ?? ANSWER_TIMEOUT_MS, context.signal);
  context.progress(`fetching MongoDB ${OFFICIAL_MONGODB_VERSION} from mongodb.org`);
  const script = fileURLToPath(new URL('official-download.ts', import.meta.url));
  const result = await runCommand(
    process.execPath,
    [script, OFFICIAL_MONGODB_VERSION, folder, context.platform, context.arch],
    { timeoutMs: DOWNLOAD_TIMEOUT_MS, signal: context.signal, onOutput: progressLines(context.progress) },
  );
  context.signal?.throwIfAborted();
  const path = /^mongod at (.+)$/m.exec(result.stdout)?.[1];
  if (result.code !== 0 || path === undefined) {
    const reason = result.stderr.trim().split('\n').at(-1) ?? '';
    throw new StoreSetupError(`MongoDB's download failed: ${reason || `exit code ${result.code ?? 'none'}`}`);
  }
  return path;
}

async function expectAnswer(
  fetchImpl: typeof fetch,
  withinMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const timeout = AbortSignal.timeout(withinMs);
  try {
    const response = await fetchImpl(DOWNLOAD_HOST, {
      method: 'HEAD',
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    // Any status will do: the question is whether the host can be reached.
    await response.body?.cancel();
  } catch {
    signal?.throwIfAborted();
    throw new StoreSetupError(`${DOWNLOAD_HOST} does not answer`);
  }
}

function progressLines(progress: (line: string) => void): (text: string) => void {
  return (text) => {
    for (const line of text.split(/[\r\n]+/)) if (line.startsWith('Downloading')) progress(line);
  };
}
