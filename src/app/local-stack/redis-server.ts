import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type Address, chooseAddress } from './address.ts';
import { waitForEarlierRun } from './earlier-run.ts';
import type { FoundBinary } from './find-binary.ts';
import { startUntilReady } from './start-until-ready.ts';
import type { Transport } from './stores.ts';
import type { SupervisedProcess } from './supervise.ts';

/** Tells other commands on the same data folder where its Redis listens. */
const URL_FILE = 'redis.url';

/** A Redis or Valkey server that answers. */
export interface RunningRedis {
  readonly url: string;
  readonly process: SupervisedProcess;
}

/** How often a server that starts is asked whether its data is loaded. */
const POLL_MS = 20;

/**
 * Starts the server on the data folder's `redis` and resolves when its data is loaded. Rejects with
 * StoreSetupError and the end of its log when it does not come up.
 */
export async function startRedis(
  binary: FoundBinary,
  context: {
    readonly dataDir: string;
    readonly searchPath: string;
    readonly signal?: AbortSignal | undefined;
    readonly transport?: Transport | undefined;
  },
): Promise<RunningRedis> {
  const pidPath = join(context.dataDir, 'redis.pid');
  await waitForEarlierRun(pidPath, ['redis-server', 'valkey-server'], context.signal);
  const address = await chooseAddress(context.dataDir, 'redis.sock', context.transport);
  const url = redisUrl(address);
  const urlPath = join(context.dataDir, URL_FILE);
  await rm(urlPath, { force: true });
  const process = await startUntilReady({
    title: 'Redis',
    file: binary.path,
    args: redisArguments(address, join(context.dataDir, 'redis'), pidPath),
    logPath: join(context.dataDir, 'redis.log'),
    searchPath: context.searchPath,
    signal: context.signal,
    ready: (signal) => answersPing(url, signal),
  });
  await writeFile(urlPath, url, { mode: 0o600 });
  return { url, process };
}

/** The URL of the Redis that a running service has started in the data folder; null while it is not ready. */
export async function runningRedisUrl(dataDir: string): Promise<string | null> {
  return readFile(join(dataDir, URL_FILE), 'utf8').catch(() => null);
}

/** The URL for ioredis, whose query may carry a socket's path; the path then wins over the host. */
export function redisUrl(address: Address): string {
  return address.transport === 'socket'
    ? `redis://localhost/?path=${encodeURIComponent(address.path)}`
    : `redis://${address.host}:${address.port}`;
}

/** Arguments for a server that keeps its data (append-only file) and never evicts, as BullMQ needs it. */
export function redisArguments(address: Address, dir: string, pidPath: string): string[] {
  const listen =
    address.transport === 'socket'
      ? ['--port', '0', '--unixsocket', address.path, '--unixsocketperm', '700']
      : ['--port', String(address.port), '--bind', address.host];
  const keep = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''];
  return [...listen, '--dir', dir, '--pidfile', pidPath, ...keep, '--maxmemory-policy', 'noeviction'];
}

async function answersPing(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, enableReadyCheck: false });
    // Refused connections are reported by connect() as well.
    client.on('error', () => {});
    try {
      await client.connect();
      await client.ping();
      return;
    } catch {
      await delay(POLL_MS, undefined, { signal });
    } finally {
      client.disconnect();
    }
  }
}
