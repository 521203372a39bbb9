import { Cluster, Redis } from 'ioredis';
import { ThreadrelayError } from '../core/errors.ts';
import { parseRedisAddress, type RedisAddress } from './redis-address.ts';
import { LIMITS } from '../core/limits.ts';

/** One server, or a cluster whose commands each keep to one slot. */
export type RedisClient = Redis | Cluster;

export type RedisConnections = {
  /** For short commands: fails within seconds when Redis is away, so that nothing waits on it. */
  commands: RedisClient;
  /** Makes a connection for blocking reads, which waits for Redis however long it is away. */
  blocking(name: string): RedisClient;
  /** Whether a command that names several keys must keep to one slot. */
  isCluster: boolean;
  close(): Promise<void>;
};

/** The first pause between tries to reconnect; doubled each time up to the longest. */
const FIRST_RECONNECT_MS = 50;
/** `SET ... GET`, `XAUTOCLAIM` and `LPOS` of BullMQ 6 need it. */
const OLDEST = [6, 2] as const;

type ConnectionSettings = {
  lazyConnect?: boolean;
  maxRetriesPerRequest: number | null;
  commandTimeout?: number;
  /** An answer that is owed for longer ends the connection, and it is opened anew. */
  socketTimeout: number;
  enableAutoPipelining?: boolean;
};

export type RedisOptions = { url: string; onError?: (error: Error, connection: string) => void };

/**
 * Connects to Redis and checks that it is recent enough and never evicts keys.
 * @throws ThreadrelayError `queue_unavailable` or `invalid_configuration`, each with how to mend it.
 */
export async function connectRedis({ url, onError }: RedisOptions): Promise<RedisConnections> {
  const retryStrategy = (tries: number) =>
    Math.min(FIRST_RECONNECT_MS * 2 ** Math.min(tries, 6), LIMITS.redisReconnectMs);
  const address = parseRedisAddress(url);
  if (address === null) {
    throw new ThreadrelayError(
      'invalid_configuration',
      'REDIS_URL names no nodes. A Redis Cluster is written redis+cluster://host:port,host:port.',
    );
  }
  const opened: RedisClient[] = [];
  const open = (name: string, options: ConnectionSettings): RedisClient => {
    const redis =
      address.kind === 'server'
        ? new Redis(address.url, { ...options, connectTimeout: LIMITS.redisSilenceMs, retryStrategy })
        : openCluster(address, options, retryStrategy);
    redis.on('error', (error: Error) => onError?.(error, name));
    opened.push(redis);
    return redis;
  };
  const commands = open('commands', {
    lazyConnect: true,
    maxRetriesPerRequest: 1,
    commandTimeout: LIMITS.redisCommandMs,
    socketTimeout: LIMITS.redisSilenceMs,
    enableAutoPipelining: true,
  });
  const close = async () => {
    await Promise.all(
      opened.map(async (redis) => {
        redis.disconnect();
      }),
    );
  };
  try {
    await commands.connect();
    await checkServer(commands, address);
  } catch (thrown) {
    await close();
    if (thrown instanceof ThreadrelayError) throw thrown;
    throw queueUnavailable(thrown);
  }
  return {
    commands,
    blocking: (name) =>
      open(name, { maxRetriesPerRequest: null, socketTimeout: LIMITS.redisBlockingSilenceMs }),
    isCluster: address.kind === 'cluster',
    close,
  };
}

function openCluster(
  { nodes, tls, username, password }: Extract<RedisAddress, { kind: 'cluster' }>,
  { lazyConnect, enableAutoPipelining, ...node }: ConnectionSettings,
  retryStrategy: (tries: number) => number,
): Cluster {
  return new Cluster(
    nodes.map((each) => ({ ...each })),
    {
      lazyConnect: lazyConnect ?? false,
      enableAutoPipelining: enableAutoPipelining ?? false,
      // A short command fails when no node answers; a blocking read waits for the cluster to be back.
      enableOfflineQueue: node.maxRetriesPerRequest === null,
      clusterRetryStrategy: retryStrategy,
      redisOptions: {
        ...node,
        connectTimeout: LIMITS.redisSilenceMs,
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
        ...(tls ? { tls: {} } : {}),
      },
    },
  );
}

/** What a start says when Redis does not answer. */
export function queueUnavailable(cause: unknown): ThreadrelayError {
  return new ThreadrelayError(
    'queue_unavailable',
    'Redis cannot be reached. Check REDIS_URL, or unset it to let threadrelay start its own.',
    { retryable: true, cause },
  );
}

async function checkServer(redis: RedisClient, address: RedisAddress): Promise<void> {
  const server = await redis.info('server');
  if (address.kind === 'server' && /^(redis|server)_mode:cluster/m.test(server)) {
    throw new ThreadrelayError(
      'invalid_configuration',
      'REDIS_URL names one node of a Redis Cluster. Write it redis+cluster://host:port,host:port, with some of its nodes.',
    );
  }
  const version = /redis_version:(\d+)\.(\d+)/.exec(server);
  const [major, minor] = [Number(version?.[1] ?? 0), Number(version?.[2] ?? 0)];
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new ThreadrelayError(
      'invalid_configuration',
      `Redis ${major}.${minor} is too old: threadrelay needs ${OLDEST.join('.')} or later. Upgrade the server that REDIS_URL names.`,
    );
  }
  const memory = await redis.info('memory');
  const policy = /maxmemory_policy:(\S+)/.exec(memory)?.[1];
  if (policy !== undefined && policy !== 'noeviction') {
    throw new ThreadrelayError(
      'invalid_configuration',
      `Redis evicts keys (maxmemory-policy ${policy}), and a queue must not lose any. Set maxmemory-policy noeviction.`,
    );
  }
}
