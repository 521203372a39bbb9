import { mongo } from 'mongoose';
import type { Redis } from 'ioredis';
import type { Database } from '../../../src/store/index.ts';

/** Names of the collections, or `redis`, where one of the words is; GridFS is searched in its bytes. */
export async function holdersOf(
  { connection }: Database,
  redis: Redis,
  prefix: string,
  words: readonly string[],
): Promise<string[]> {
  const holds = (text: string) => words.some((word) => text.includes(word));
  const holders: string[] = [];
  for (const { name } of (await connection.db?.listCollections().toArray()) ?? []) {
    const documents = await connection.collection(name).find().toArray();
    if (documents.some((document) => holds(readable(document)))) holders.push(name);
  }
  const keys = await redis.keys(`*${prefix}*`);
  for (const key of keys) {
    if (!holds(key + (await everything(redis, key)))) continue;
    holders.push('redis');
    break;
  }
  return holders.toSorted();
}

/** All that a document says, keys and bytes included. */
function readable(value: unknown): string {
  if (value instanceof mongo.Binary) return Buffer.from(value.buffer).toString('latin1');
  if (Array.isArray(value)) return value.map(readable).join(' ');
  if (typeof value !== 'object' || value === null || value instanceof Date) return String(value);
  if (value instanceof mongo.ObjectId) return value.toHexString();
  return Object.entries(value)
    .map(([key, held]) => `${key} ${readable(held)}`)
    .join(' ');
}

async function everything(redis: Redis, key: string): Promise<string> {
  switch (await redis.type(key)) {
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
    default:
      return '';
  }
}
