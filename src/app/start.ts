import { uuidv7 } from 'uuidv7';
import { systemClock } from '../core/clock.ts';
import { noCrash } from '../core/crash-points.ts';
import { TIMINGS } from '../core/timings.ts';
import { workflows } from '../workflows/registry.ts';
import { type ConfigSource, createConfigSource } from './config/config-source.ts';
import { type Environment, isSet, type RawEnvironment } from './config/environment.ts';
import { startStores } from './local-stack/start-stores.ts';
import type { LocalStores } from './local-stack/stores.ts';
import { createRootLogger, prettyFormat } from './logging.ts';
import { REDIS_PREFIX } from './redis-prefix.ts';
import type { Role } from './roles.ts';
import { type Service, startService } from './service.ts';

export type StartOptions = {
  environment: Environment;
  /** Those of the environment that the configuration names: keys of model providers and of tools. */
  variables?: RawEnvironment;
  roles: ReadonlySet<Role>;
  /** The value of PATH. */
  searchPath: string;
  /** Takes a line for a person: where the stores come from, how far a download is. */
  progress: (line: string) => void;
  /** Ends the start of the stores that is under way. */
  signal?: AbortSignal;
  log: { isTerminal: boolean; write: (line: string) => void };
};

export type Started = {
  service: Service;
  stores: LocalStores;
  config: ConfigSource;
  /** Reads the configuration again. */
  reload(): void;
  stop(): Promise<void>;
};

/** From environment to running service: configuration, stores, then the roles. @throws ThreadrelayError */
export async function start({
  environment,
  variables = {},
  roles,
  searchPath,
  progress,
  signal,
  log,
}: StartOptions): Promise<Started> {
  const { slack, discord, mongodbUri, redisUrl } = environment;
  const logger = createRootLogger({
    level: environment.logLevel,
    ...(log.isTerminal ? { format: await prettyFormat() } : {}),
    write: log.write,
    secrets: environment.secrets,
  });
  const config: ConfigSource = createConfigSource({
    ...environment.configFile,
    workflows: [...workflows.keys()],
    // Whoever executes no runs needs no keys.
    ...(roles.has('worker') && { hasVariable: (name: string) => isSet(variables, name) }),
    onReload: () => logger.info({}, 'the new configuration is in force'),
    onFault: (error) =>
      logger.error({ err: error }, 'the new configuration is faulty; the old one stays in force'),
  });
  const stores = await startStores({
    mongodbUri: mongodbUri?.reveal(),
    redisUrl: redisUrl?.reveal(),
    mongodPath: environment.mongodPath,
    redisServerPath: environment.redisServerPath,
    cacheDir: environment.cacheDirectory,
    dataDir: environment.dataDirectory,
    searchPath,
    progress,
    signal,
  });
  try {
    progress(`${stores.mongodb.why}.`);
    progress(`${stores.redis.why}.`);
    const service = await startService({
      roles,
      mongodbUri: stores.mongodb.uri,
      redisUrl: stores.redis.url,
      redisPrefix: REDIS_PREFIX,
      config,
      variables,
      slack,
      discord,
      tracing: environment.tracing,
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
    return {
      service,
      stores,
      config,
      reload: () => void config.reload(),
      async stop() {
        await service.stop();
        await stores.stop();
      },
    };
  } catch (thrown) {
    await stores.stop();
    throw thrown;
  }
}
