import { Redis } from 'ioredis';

/** The URI with another database; credentials stay with the database they belong to. */
export function withDatabase(uri: string, database: string): string {
  const [address = '', query] = uri.split('?');
  const [, server = '', credentialsOf = ''] = /^([^/]+\/\/[^/]+)\/?(.*)$/.exec(address) ?? [];
  const parameters = new URLSearchParams(query);
  if (server.includes('@') && !parameters.has('authSource'))
    parameters.set('authSource', credentialsOf || 'admin');
  return `${server}/${database}?${parameters.toString()}`;
}

/** Removes every key that has the prefix, which must be unlike any other. */
export async function removeKeys(redisUrl: string, prefix: string): Promise<void> {
  const redis = new Redis(redisUrl);
  try {
    for await (const keys of redis.scanStream({ match: `*${prefix}*`, count: 1_000 })) {
      if (Array.isArray(keys) && keys.length > 0) await redis.unlink(...keys.map(String));
    }
  } finally {
    redis.disconnect();
  }
}
