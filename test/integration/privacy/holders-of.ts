import type { mongo } from 'mongoose';
import type { Redis } from 'ioredis';
import type { Database } from '../../../src/store/index.ts';

type Models = Database['models'];

/**
 * What each collection may hold of people. A collection that is new fails each test that looks for people, until it stands
 * here: where it holds something of them, an erasure must reach it (src/store/erasers.ts), and its test must fill it.
 */
export const KEEPS: Readonly<Record<keyof Models, 'of people' | 'nothing of people'>> = {
  origins: 'nothing of people',
  threads: 'of people',
  messages: 'of people',
  checkpoints: 'of people',
  runs: 'of people',
  deliveries: 'nothing of people',
  cursors: 'nothing of people',
  keys: 'nothing of people',
  requests: 'of people',
  usage: 'of people',
  budgets: 'of people',
  paces: 'of people',
  knowledge: 'nothing of people',
  knowledge_files: 'nothing of people',
  knowledge_chunks: 'nothing of people',
  run_records: 'of people',
  retention_rounds: 'nothing of people',
  summaries: 'of people',
  memories: 'of people',
  files: 'of people',
  'file_contents.files': 'nothing of people',
  'file_contents.chunks': 'of people',
};

/** Names of the collections, or `redis`, where one of the words is, in whatever case; all are searched in their bytes. */
export async function holdersOf(
  { connection }: Database,
  redis: Redis,
  prefix: string,
  words: readonly string[],
): Promise<string[]> {
  const wanted = words.map((word) => Buffer.from(word).toString('latin1').toLowerCase());
  const holds = (bytes: Uint8Array) => {
    const text = Buffer.from(bytes).toString('latin1').toLowerCase();
    return wanted.some((word) => text.includes(word));
  };
  const holders: string[] = [];
  for (const { name } of (await connection.db?.listCollections().toArray()) ?? []) {
    if (!(name in KEEPS)) {
      throw new Error(
        `The collection "${name}" is new: say in ${import.meta.filename} what it holds of people.`,
      );
    }
    for await (const bytes of bytesOf(connection, name)) {
      if (!holds(bytes)) continue;
      holders.push(name);
      break;
    }
  }
  for await (const keys of redis.scanStream({ match: `*${prefix}*`, count: 1_000 })) {
    const all = await Promise.all((keys as string[]).map((key) => everything(redis, key)));
    if (!holds(Buffer.from(all.join('\n')))) continue;
    holders.push('redis');
    break;
  }
  return holders.toSorted();
}

/** The documents of a collection as MongoDB keeps them; contents of GridFS whole, wherever they are cut. */
async function* bytesOf(connection: Database['connection'], name: string): AsyncGenerator<Uint8Array> {
  if (!name.endsWith('.chunks')) {
    for await (const raw of connection.collection(name).find({}, { raw: true })) {
      if (!Buffer.isBuffer(raw)) throw new Error('not the bytes of a document');
      yield raw;
    }
    return;
  }
  const chunks = connection.collection<{ files_id: mongo.ObjectId; n: number; data: mongo.Binary }>(name);
  let content: { id: string; pieces: Uint8Array[] } = { id: '', pieces: [] };
  for await (const { files_id: of, data } of chunks.find().sort({ files_id: 1, n: 1 })) {
    const id = of.toHexString();
    if (id !== content.id) {
      yield Buffer.concat(content.pieces);
      content = { id, pieces: [] };
    }
    content.pieces.push(data.buffer);
  }
  yield Buffer.concat(content.pieces);
}

/** A key and all that it holds. */
async function everything(redis: Redis, key: string): Promise<string> {
  const type = await redis.type(key);
  return `${key} ${JSON.stringify(await valueOf(redis, key, type))}`;
}

async function valueOf(redis: Redis, key: string, type: string): Promise<unknown> {
  switch (type) {
    case 'string':
      return redis.get(key);
    case 'hash':
      return redis.hgetall(key);
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'set':
      return redis.smembers(key);
    case 'zset':
      return redis.zrange(key, '0', '-1');
    case 'stream':
      return redis.xrange(key, '-', '+');
    case 'none':
      // Its time was over.
      return null;
    default:
      throw new Error(`What does Redis keep in a ${type}?`);
  }
}
