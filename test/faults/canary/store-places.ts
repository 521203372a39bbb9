import type { Redis } from 'ioredis';
import type { Database } from '../../../src/store/index.ts';
import type { Place } from './find-canaries.ts';

/** Every document of every collection. */
export async function mongodbPlaces({ connection }: Database): Promise<Place[]> {
  const collections = await connection.listCollections();
  return Promise.all(
    collections.map(async ({ name }) => ({
      where: `the collection ${name}`,
      text: JSON.stringify(await connection.collection(name).find().toArray()),
    })),
  );
}

/** Every key of the server with its value, whatever its type: jobs, streams, budgets. */
export async function redisPlaces(redis: Redis): Promise<Place[]> {
  const keys = await redis.keys('*');
  return Promise.all(
    keys.map(async (key) => ({ where: `the Redis key ${key}`, text: `${key} ${await valueOf(redis, key)}` })),
  );
}

async function valueOf(redis: Redis, key: string): Promise<string> {
  const type = await redis.type(key);
  switch (type) {
    case 'string':
      return (await redis.get(key)) ?? '';
    case 'hash':
      return JSON.stringify(await redis.hgetall(key));
    case 'list':
      return JSON.stringify(await redis.lrange(key, 0, -1));
    case 'set':
      return JSON.stringify(await redis.smembers(key));
    case 'zset':
      return JSON.stringify(await redis.zrange(key, '0', '-1'));
    case 'stream':
      return JSON.stringify(await redis.xrange(key, '-', '+'));
    case 'none':
      return '';
    default:
      throw new Error(`a key of the type ${type}`);
  }
}
