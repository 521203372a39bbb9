import { randomUUID } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { createConfigSource } from '../../src/app/config/config-source.ts';
import type { Environment } from '../../src/app/config/environment.ts';
import { startStores } from '../../src/app/local-stack/start-stores.ts';
import type { LocalStores } from '../../src/app/local-stack/stores.ts';
import { createRootLogger, prettyFormat } from '../../src/app/logging.ts';
import { ROLES, type Service, startService } from '../../src/app/service.ts';
import { systemClock } from '../../src/core/clock.ts';
import { noCrash } from '../../src/core/crash-points.ts';
import { TIMINGS } from '../../src/core/timings.ts';
import { createStores, openDatabase, type Stores } from '../../src/store/index.ts';
import { workflows } from '../../src/workflows/registry.ts';
import { fillDocs } from '../fixtures/fill-docs.ts';
import { removeKeys, withDatabase } from './given-stores.ts';

export type DemoService = {
  service: Service;
  local: LocalStores;
  /** The database, read beside the service. */
  stores: Stores;
  /** Stops everything and leaves nothing behind, also in stores that were given. */
  stop(): Promise<void>;
};

export type DemoServiceOptions = {
  environment: Environment;
  searchPath: string;
  progress: (line: string) => void;
  log: { isTerminal: boolean; write: (line: string) => void };
  /** Ends a start that is under way. */
  signal: AbortSignal;
  onStores: (stores: LocalStores) => void;
};

/**
 * Starts stores and the service, all roles, as `npm start` does. In stores that others use too it takes a database and
 * a key prefix of its own. @throws ThreadrelayError, ConfigurationError or StoreSetupError; nothing is left then.
 */
export async function startDemoService(options: DemoServiceOptions): Promise<DemoService> {
  const { environment, progress, log } = options;
  const { mongodbUri, redisUrl, slack, discord, secrets } = environment;
  const mark = `threadrelay_demo_${randomUUID().slice(0, 8)}`;
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  const config = createConfigSource({ ...environment.configFile, workflows: [...workflows.keys()] });
  const logger = createRootLogger({
    level: environment.logLevel,
    secrets,
    write: log.write,
    ...(log.isTerminal ? { format: await prettyFormat() } : {}),
  });
  try {
    const local = await startStores({
      mongodbUri: mongodbUri?.reveal(),
      redisUrl: redisUrl?.reveal(),
      mongodPath: environment.mongodPath,
      redisServerPath: environment.redisServerPath,
      cacheDir: environment.cacheDirectory,
      dataDir: environment.dataDirectory,
      searchPath: options.searchPath,
      progress,
      signal: options.signal,
    });
    stops.push(() => local.stop());
    options.onStores(local);
    const database = await openDatabase({ uri: withDatabase(local.mongodb.uri, mark) });
    stops.push(async () => {
      if (mongodbUri !== undefined) await database.connection.dropDatabase();
      await database.close();
    });
    const stores = createStores(database);
    progress(`The repository's docs as knowledge: ${await fillDocs(stores.knowledge)}`);
    if (redisUrl !== undefined) stops.push(() => removeKeys(redisUrl.reveal(), mark));
    const service = await startService({
      roles: new Set(ROLES),
      mongodbUri: withDatabase(local.mongodb.uri, mark),
      redisUrl: local.redis.url,
      redisPrefix: mark,
      config,
      slack,
      discord,
      http: { host: environment.host, port: environment.port },
      api: environment.api,
      workflows,
      timings: TIMINGS,
      clock: systemClock,
      newId: uuidv7,
      random: Math.random,
      crash: noCrash,
      logger,
    });
    stops.push(() => service.stop());
    return { service, local, stores, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}
