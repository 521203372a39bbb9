import type { NetConnectOpts } from 'node:net';
import { randomUUID } from 'node:crypto';
import { type PrivateStore, startPrivateMongodb, startPrivateRedis } from '../../fixtures/private-stores.ts';
import { withDatabase } from '../../fixtures/stores.ts';
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts';

export type StoreName = 'MongoDB' | 'Redis';

/** A database and a part of Redis, of which one is reached through a proxy of its own. */
export type ProxiedPlace = {
  proxy: FaultyProxy;
  mongodbUri: string;
  redis: { url: string; prefix: string };
};

export type ProxiedStores = {
  /** A new place whose `store` is behind a proxy. Close the proxy in the end. */
  place(store: StoreName): Promise<ProxiedPlace>;
  stop(): Promise<void>;
};

/** One MongoDB and one Redis for many places. */
export async function startProxiedStores(): Promise<ProxiedStores> {
  const [mongodb, redis] = await Promise.all([startPrivateMongodb(), startPrivateRedis()]);
  return {
    async place(store) {
      const proxy = await startFaultyProxy(store === 'MongoDB' ? mongodbTarget(mongodb) : redisTarget(redis));
      const name = `place-${randomUUID().slice(0, 8)}`;
      const uri =
        store === 'MongoDB' ? `mongodb://127.0.0.1:${proxy.port}/?directConnection=true` : mongodb.url;
      const url = store === 'Redis' ? `redis://127.0.0.1:${proxy.port}` : redis.url;
      return { proxy, mongodbUri: withDatabase(uri, name), redis: { url, prefix: name } };
    },
    async stop() {
      await Promise.all([mongodb.stop(), redis.stop()]);
    },
  };
}

/** A private MongoDB names a unix socket, percent-encoded, or a host and port. */
function mongodbTarget({ url }: PrivateStore): NetConnectOpts {
  const host = decodeURIComponent(/^mongodb:\/\/([^/?]+)/.exec(url)?.[1] ?? '');
  return host.startsWith('/') ? { path: host } : hostAndPort(new URL(`tcp://${host}`));
}

/** A private Redis names a unix socket in its query, or a host and port. */
function redisTarget({ url }: PrivateStore): NetConnectOpts {
  const parsed = new URL(url);
  const path = parsed.searchParams.get('path');
  return path === null ? hostAndPort(parsed) : { path };
}

function hostAndPort({ hostname, port }: URL): NetConnectOpts {
  return { host: hostname, port: Number(port) };
}
