import { Redis } from 'ioredis';
import { mongo } from 'mongoose';
import { parseRedisAddress } from '../../queue/redis-address.ts';
import { mongodKind, redisServerKind } from './binary-kinds.ts';
import { StoreSetupError } from './stores.ts';
import { isAtLeast } from './versions.ts';

/** Longest wait for a given store to answer, in milliseconds. */
const ANSWER_WITHIN_MS = 5_000;

/**
 * The version of the MongoDB at the URI. Rejects with StoreSetupError when it does not answer in 5 s, is older
 * than 6.0, or is neither a replica set nor a sharded cluster (transactions and change streams need one).
 */
export async function checkGivenMongodb(uri: string): Promise<string> {
  const { hello, version } = await askMongodb(uri).catch((error: unknown) => {
    throw new StoreSetupError(
      `MongoDB at MONGODB_URI cannot be used: ${messageOf(error)}. Start that server, mend the address, or unset ` +
        'MONGODB_URI to let threadrelay start its own.',
      { retryable: true },
    );
  });
  if (!isAtLeast(version, mongodKind.leastVersion)) {
    throw new StoreSetupError(
      `MongoDB at MONGODB_URI is ${version}, but ${mongodKind.leastVersion} or later is needed. Upgrade it, or unset ` +
        'MONGODB_URI to let threadrelay start its own.',
    );
  }
  if (hello['setName'] === undefined && hello['msg'] !== 'isdbgrid') {
    throw new StoreSetupError(
      'MongoDB at MONGODB_URI is a standalone server. Start it with --replSet rs0 and run rs.initiate() once.',
    );
  }
  return version;
}

/** The version of the Redis at the URL. Rejects with StoreSetupError when it does not answer in 5 s, is too old or evicts. */
export async function checkGivenRedis(url: string): Promise<string> {
  const { info, eviction } = await askRedis(url).catch((error: unknown) => {
    throw new StoreSetupError(
      `Redis at REDIS_URL cannot be used: ${messageOf(error)}. Start that server, mend the address, or unset ` +
        'REDIS_URL to let threadrelay start its own.',
      { retryable: true },
    );
  });
  const redis = /^redis_version:(\S+)/m.exec(info)?.[1] ?? '0';
  if (!isAtLeast(redis, redisServerKind.leastVersion)) {
    throw new StoreSetupError(
      `Redis at REDIS_URL is ${redis}, but ${redisServerKind.leastVersion} or later is needed. Upgrade it, or unset ` +
        'REDIS_URL to let threadrelay start its own.',
    );
  }
  if (eviction !== undefined && eviction !== 'noeviction') {
    throw new StoreSetupError(
      `Redis at REDIS_URL drops keys when its memory is full (maxmemory-policy ${eviction}), and with them work that ` +
        'waits. Set "maxmemory-policy noeviction" in redis.conf, or by redis-cli CONFIG SET.',
    );
  }
  return /^valkey_version:(\S+)/m.exec(info)?.[1] ?? redis;
}

async function askMongodb(uri: string): Promise<{ hello: mongo.Document; version: string }> {
  const client = new mongo.MongoClient(uri, { serverSelectionTimeoutMS: ANSWER_WITHIN_MS });
  try {
    const admin = client.db('admin');
    const hello = await admin.command({ hello: 1 });
    const { version } = await admin.command({ buildInfo: 1 });
    return { hello, version: String(version) };
  } finally {
    await client.close();
  }
}

/** The policy is read from INFO, because hosted servers often refuse CONFIG. */
async function askRedis(url: string): Promise<{ info: string; eviction: string | undefined }> {
  let lastError: Error | undefined;
  const client = new Redis(oneNodeOf(url), {
    lazyConnect: true,
    connectTimeout: ANSWER_WITHIN_MS,
    commandTimeout: ANSWER_WITHIN_MS,
    retryStrategy: () => null,
  });
  client.on('error', (error) => {
    lastError = error;
  });
  try {
    await client.connect();
    const info = await client.info('server');
    const memory = await client.info('memory');
    return { info, eviction: /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] };
  } catch (error) {
    throw lastError ?? error;
  } finally {
    client.disconnect();
  }
}

/** Of a cluster one node is asked: all run the same program. */
function oneNodeOf(url: string): string {
  const address = parseRedisAddress(url);
  if (address === null || address.kind === 'server') return url;
  const { nodes, tls, username = '', password } = address;
  const [node] = nodes;
  const secret = password === undefined ? '' : `:${encodeURIComponent(password)}`;
  const who = username === '' && secret === '' ? '' : `${encodeURIComponent(username)}${secret}@`;
  return `redis${tls ? 's' : ''}://${who}${node?.host}:${node?.port}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
