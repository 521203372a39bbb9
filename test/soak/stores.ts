import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultCacheDir } from '../../src/app/local-stack/binary-cache.ts';
import { mongodKind, redisServerKind } from '../../src/app/local-stack/binary-kinds.ts';
import { findBinary } from '../../src/app/local-stack/find-binary.ts';
import { startMongod } from '../../src/app/local-stack/mongod.ts';
import { startRedis } from '../../src/app/local-stack/redis-server.ts';
import type { SupervisedProcess } from '../../src/app/local-stack/supervise.ts';
import { type FaultyProxy, startFaultyProxy } from '../faults/stores/faulty-proxy.ts';

/** A store that can be killed and brought back, and the proxy by which the service reaches it. */
export type SoakStore = {
  /** Its address by the proxy, which stays the same. */
  readonly url: string;
  /** Its address without the proxy, for those who look on. */
  readonly directUrl: string;
  readonly proxy: FaultyProxy;
  /** SIGKILL, `downMs` without it, and back; with `empty` its data is gone. Resolves when it takes writes. */
  killAndRestart(downMs: number, empty?: boolean): Promise<void>;
};

export type SoakStores = { mongodb: SoakStore; redis: SoakStore; stop(): Promise<void> };

type Started = { process: SupervisedProcess; directUrl: string };

/** A MongoDB (replica set of one) and a Redis from the local binaries, on empty data, each behind a proxy. */
export async function startSoakStores(): Promise<SoakStores> {
  const dataDir = await mkdtemp(join(tmpdir(), 'threadrelay-soak-'));
  const { env } = process;
  const searchPath = env['PATH'] ?? '';
  const context = { dataDir, searchPath, transport: 'socket' } as const;
  const find = {
    searchPath,
    cacheDir: env['THREADRELAY_CACHE'] || defaultCacheDir(homedir()),
    platform: process.platform,
    arch: process.arch,
    progress: () => {},
  };
  const mongod = await findBinary(mongodKind, { ...find, namedPath: env['THREADRELAY_MONGOD'] || undefined });
  const server = await findBinary(redisServerKind, {
    ...find,
    namedPath: env['THREADRELAY_REDIS_SERVER'] || undefined,
  });
  const stops: (() => Promise<unknown>)[] = [() => rm(dataDir, { recursive: true, force: true })];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  const open = async (options: Omit<StoreOptions, 'dataDir'>) => {
    const store = await openStore({ ...options, dataDir });
    stops.push(() => store.stop());
    return store;
  };
  try {
    const [mongodb, redis] = await Promise.all([
      open({
        folder: 'mongodb',
        pidFile: 'mongod.pid',
        async start() {
          const { uri, process } = await startMongod(mongod, context);
          return { process, directUrl: uri.replace('/?', '/soak?') };
        },
        proxied: (port) => `mongodb://127.0.0.1:${port}/soak?directConnection=true`,
      }),
      open({
        folder: 'redis',
        pidFile: 'redis.pid',
        async start() {
          const { url, process } = await startRedis(server, context);
          return { process, directUrl: url };
        },
        proxied: (port) => `redis://127.0.0.1:${port}`,
      }),
    ]);
    return { mongodb, redis, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

type StoreOptions = {
  dataDir: string;
  folder: string;
  pidFile: string;
  start(): Promise<Started>;
  proxied(port: number): string;
};

async function openStore(options: StoreOptions): Promise<SoakStore & { stop(): Promise<void> }> {
  const folder = join(options.dataDir, options.folder);
  await mkdir(folder, { recursive: true });
  let started = await options.start();
  const proxy = await startFaultyProxy({ path: socketOf(started.directUrl) });
  return {
    url: options.proxied(proxy.port),
    directUrl: started.directUrl,
    proxy,
    async killAndRestart(downMs, empty = false) {
      process.kill(Number(await readFile(join(options.dataDir, options.pidFile), 'utf8')), 'SIGKILL');
      await started.process.stop();
      if (empty) {
        await rm(folder, { recursive: true, force: true });
        await mkdir(folder);
      }
      await new Promise((resolve) => setTimeout(resolve, downMs));
      started = await options.start();
    },
    async stop() {
      await proxy.close();
      await started.process.stop();
    },
  };
}

/** The path of the unix socket in a store's address: `mongodb://%2Fpath/…` or `redis://…?path=%2Fpath`. */
function socketOf(url: string): string {
  const encoded = /^mongodb:\/\/([^/]+)\//.exec(url)?.[1] ?? /[?&]path=([^&]+)/.exec(url)?.[1];
  if (encoded === undefined) throw new Error(`no socket in ${url}`);
  return decodeURIComponent(encoded);
}
