import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultCacheDir } from '../../src/app/local-stack/binary-cache.ts';
import { startStores } from '../../src/app/local-stack/start-stores.ts';
import { type ServiceCommand, type ServiceProcess, spawnService } from './service-process.ts';

/** What a bench measures in: stores of its own, and the service as processes of their own. */
export type Lab = {
  mongodbUri: string;
  redisUrl: string;
  /** Starts the service with production settings; `config` is the text of a threadrelay.yaml. */
  startService(
    command: ServiceCommand,
    config: string,
    environment?: Record<string, string>,
  ): Promise<ServiceProcess>;
  /** Tells a person how far it is. */
  say(line: string): void;
  /** Called by `close`, the latest first. */
  onClose(stop: () => Promise<unknown>): void;
  close(): Promise<void>;
};

/** Starts a MongoDB (replica set of one, journal on) and a Redis for one bench, on empty data. */
export async function openLab(options: {
  say: (line: string) => void;
  /** CPU profiles of the service are put into this folder when it stops. */
  profileDir: string | undefined;
}): Promise<Lab> {
  const { env } = process;
  const folder = await mkdtemp(join(tmpdir(), 'threadrelay-bench-'));
  const stores = await startStores({
    mongodbUri: undefined,
    redisUrl: undefined,
    mongodPath: env['THREADRELAY_MONGOD'],
    redisServerPath: env['THREADRELAY_REDIS_SERVER'],
    cacheDir: env['THREADRELAY_CACHE'] || defaultCacheDir(homedir()),
    dataDir: join(folder, 'data'),
    searchPath: env['PATH'] ?? '',
    progress: options.say,
  });
  const stops: (() => Promise<unknown>)[] = [
    () => rm(folder, { recursive: true, force: true }),
    () => stores.stop(),
  ];
  let services = 0;
  return {
    mongodbUri: stores.mongodb.uri,
    redisUrl: stores.redis.url,
    async startService(command, config, environment = {}) {
      services += 1;
      const configFile = join(folder, `service-${services}.yaml`);
      await writeFile(configFile, config);
      const service = spawnService(command, {
        cwd: folder,
        profileDir: options.profileDir,
        environment: {
          PATH: env['PATH'] ?? '',
          MONGODB_URI: stores.mongodb.uri,
          REDIS_URL: stores.redis.url,
          THREADRELAY_CONFIG: configFile,
          CONFIG: config,
          PORT: '0',
          LOG_LEVEL: 'warn',
          ...environment,
        },
      });
      stops.push(() => service.stop());
      await service.ready;
      return service;
    },
    say: options.say,
    onClose: (stop) => stops.push(stop),
    async close() {
      for (const stop of stops.splice(0).reverse()) await stop();
    },
  };
}
