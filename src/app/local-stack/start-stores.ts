import { mongodKind, redisServerKind } from './binary-kinds.ts';
import { type HeldDataDir, holdDataDir } from './data-dir.ts';
import { type FindContext, findBinary } from './find-binary.ts';
import { checkGivenMongodb, checkGivenRedis } from './given-stores.ts';
import { startMongod } from './mongod.ts';
import { startRedis } from './redis-server.ts';
import { type LocalStores, type StartStoresOptions, StoreSetupError } from './stores.ts';
import type { SupervisedProcess } from './supervise.ts';

/**
 * Finds MongoDB and Redis, starts what is not given by its URI, and resolves when both take writes. What was
 * started ends with `stop` or with this process, even a killed one; its data stays in the data folder. Rejects with
 * StoreSetupError, which says how to mend it, or with the signal's reason; nothing is left running then.
 */
export async function startStores(options: StartStoresOptions): Promise<LocalStores> {
  const platform = options.platform ?? process.platform;
  if (platform === 'win32' && !(options.mongodbUri && options.redisUrl)) {
    throw new StoreSetupError(
      'On Windows run everything in containers (docker compose up), or set MONGODB_URI and REDIS_URL.',
    );
  }
  const started: SupervisedProcess[] = [];
  const held = options.mongodbUri && options.redisUrl ? undefined : await holdDataDir(options.dataDir);
  const stop = once(async () => {
    await Promise.all(started.map((store) => store.stop()));
    await held?.release();
  });
  // The failure of one store ends the start of the other at once.
  const failure = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failure.signal]) : failure.signal;
  const both = [
    readyMongodb({ ...options, signal }, held, started),
    readyRedis({ ...options, signal }, held, started),
  ] as const;
  try {
    const [mongodb, redis] = await Promise.all(both);
    return { mongodb, redis, stop };
  } catch (error) {
    failure.abort();
    await Promise.allSettled(both);
    await stop();
    throw error;
  }
}

async function readyMongodb(
  options: StartStoresOptions,
  held: HeldDataDir | undefined,
  started: SupervisedProcess[],
): Promise<LocalStores['mongodb']> {
  const uri = options.mongodbUri;
  if (uri || held === undefined) {
    const version = await checkGivenMongodb(uri ?? '');
    return { uri: uri ?? '', version, source: 'env', why: `MongoDB ${version} from MONGODB_URI` };
  }
  const binary = await findBinary(mongodKind, findContext(options, options.mongodPath));
  const mongod = await startMongod(binary, { ...options, dataDir: held.path });
  started.push(mongod.process);
  const { version, source, why } = binary;
  return { uri: mongod.uri, version, source, why };
}

async function readyRedis(
  options: StartStoresOptions,
  held: HeldDataDir | undefined,
  started: SupervisedProcess[],
): Promise<LocalStores['redis']> {
  const url = options.redisUrl;
  if (url || held === undefined) {
    const version = await checkGivenRedis(url ?? '');
    return { url: url ?? '', version, source: 'env', why: `Redis ${version} from REDIS_URL` };
  }
  const binary = await findBinary(redisServerKind, findContext(options, options.redisServerPath));
  const redis = await startRedis(binary, { ...options, dataDir: held.path });
  started.push(redis.process);
  const { version, source, why } = binary;
  return { url: redis.url, version, source, why };
}

function findContext(options: StartStoresOptions, namedPath: string | undefined): FindContext {
  return {
    ...options,
    namedPath: namedPath || undefined,
    platform: options.platform ?? process.platform,
    arch: options.arch ?? process.arch,
  };
}

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= action());
}
