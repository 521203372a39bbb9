import { createStores, openDatabase, type Stores } from '../store/index.ts';
import type { Environment } from './config/environment.ts';
import { ownerOf } from './local-stack/data-dir.ts';
import { runningMongodUri } from './local-stack/mongod.ts';
import { runningRedisUrl } from './local-stack/redis-server.ts';
import { startStores } from './local-stack/start-stores.ts';
import { StoreSetupError } from './local-stack/stores.ts';

export type OpenStores = {
  stores: Stores;
  /** Where the service's Redis is; null where that is not known. */
  redisUrl: string | null;
  close(): Promise<void>;
};

export type StoresPlace = {
  environment: Environment;
  /** The value of PATH. */
  searchPath: string;
  progress: (line: string) => void;
};

/**
 * Opens what the service keeps, for a command beside it: in the MongoDB of MONGODB_URI, in that of a service that runs on the data
 * folder, or in one that is brought up there until `close`. @throws ThreadrelayError with how to mend it
 */
export async function openStores(place: StoresPlace): Promise<OpenStores> {
  const { uri, redisUrl, stop } = await reachMongodb(place);
  try {
    const database = await openDatabase({ uri });
    return {
      stores: createStores(database),
      redisUrl,
      async close() {
        await database.close();
        await stop();
      },
    };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

type Reached = { uri: string; redisUrl: string | null; stop: () => Promise<void> };

async function reachMongodb({ environment, searchPath, progress }: StoresPlace): Promise<Reached> {
  const given = environment.mongodbUri?.reveal();
  const givenRedis = environment.redisUrl?.reveal() ?? null;
  if (given !== undefined) return { uri: given, redisUrl: givenRedis, stop: async () => {} };
  const owner = await ownerOf(environment.dataDirectory);
  if (owner !== undefined) {
    const uri = await runningMongodUri(environment.dataDirectory);
    const redisUrl = givenRedis ?? (await runningRedisUrl(environment.dataDirectory));
    if (uri !== null) return { uri, redisUrl, stop: async () => {} };
    throw new StoreSetupError(
      `Process ${owner} is bringing up the stores in ${environment.dataDirectory}. Try again once it is ready.`,
      { retryable: true },
    );
  }
  const stores = await startStores({
    redisUrl: environment.redisUrl?.reveal(),
    mongodPath: environment.mongodPath,
    redisServerPath: environment.redisServerPath,
    cacheDir: environment.cacheDirectory,
    dataDir: environment.dataDirectory,
    searchPath,
    progress,
  });
  return { uri: stores.mongodb.uri, redisUrl: stores.redis.url, stop: () => stores.stop() };
}
