import { createStores, openDatabase, type Stores } from '../store/index.ts';
import type { Environment } from './config/environment.ts';
import { ownerOf } from './local-stack/data-dir.ts';
import { runningMongodUri } from './local-stack/mongod.ts';
import { startStores } from './local-stack/start-stores.ts';
import { StoreSetupError } from './local-stack/stores.ts';

export type OpenStores = { stores: Stores; close(): Promise<void> };

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
  const { uri, stop } = await reachMongodb(place);
  try {
    const database = await openDatabase({ uri });
    return {
      stores: createStores(database),
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

type Reached = { uri: string; stop: () => Promise<void> };

async function reachMongodb({ environment, searchPath, progress }: StoresPlace): Promise<Reached> {
  const given = environment.mongodbUri?.reveal();
  if (given !== undefined) return { uri: given, stop: async () => {} };
  const owner = await ownerOf(environment.dataDirectory);
  if (owner !== undefined) {
    const uri = await runningMongodUri(environment.dataDirectory);
    if (uri !== null) return { uri, stop: async () => {} };
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
  return { uri: stores.mongodb.uri, stop: () => stores.stop() };
}
