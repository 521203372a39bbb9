import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultCacheDir } from '../../../src/app/local-stack/binary-cache.ts';
import { isAlive } from '../../../src/app/local-stack/process-identity.ts';
import { startStores } from '../../../src/app/local-stack/start-stores.ts';
import type { LocalStores, StartStoresOptions } from '../../../src/app/local-stack/stores.ts';
import { killHard, runService, until } from './processes.ts';

const cacheDir = process.env['THREADRELAY_CACHE'] || defaultCacheDir(homedir());
const searchPath = process.env['PATH'] ?? '';
let dataDir: string;
const cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'threadrelay-test-'));
  cleanups.push(() => rm(dataDir, { recursive: true, force: true }));
});

afterEach(async () => {
  while (cleanups.length > 0) await cleanups.pop()?.();
});

test('local data survives a restart', { timeout: 60_000 }, async () => {
  const first = await start();
  await addNote(first);
  await first.stop();

  const second = await start();

  expect(await countNotes(second)).toBe(1);
});

test('local data survives a change of the address it is served at', { timeout: 60_000 }, async () => {
  const overSocket = await start({ transport: 'socket' });
  await addNote(overSocket);
  await overSocket.stop();

  const overLoopback = await start({ transport: 'loopback' });
  expect(overLoopback.mongodb.uri).toMatch(/^mongodb:\/\/127\.0\.0\.1:\d+\//);
  await addNote(overLoopback);
  await overLoopback.stop();

  const overSocketAgain = await start({ transport: 'socket' });
  expect(await countNotes(overSocketAgain)).toBe(2);
});

test('a service killed with SIGKILL takes its stores with it, and the next one starts at once', {
  timeout: 60_000,
}, async () => {
  const { child: service, pids } = await startService();
  expect(pids.map(isAlive)).toEqual([true, true]);

  await killHard(service);
  const next = await start();

  await until(() => !pids.some(isAlive), 5_000, 'both stores end with their service');
  await addNote(next);
  expect(await countNotes(next)).toBe(1);
});

test('stores that are killed outright leave nothing that hinders the next start', {
  timeout: 60_000,
}, async () => {
  const { child: service, pids } = await startService();
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await killHard(service);
  expect(await readdir(dataDir)).toEqual(expect.arrayContaining(['owner.json', 'mongod.sock', 'redis.sock']));

  const next = await start();

  await addNote(next);
  expect(await countNotes(next)).toBe(1);
});

test('a second service on the same data is refused and told who holds it', { timeout: 60_000 }, async () => {
  const { child: first, pids } = await startService();

  await expect(start()).rejects.toThrow(`${dataDir} is in use by process ${first.pid}`);

  await expect(start()).rejects.toThrow('MONGODB_URI');
  expect(pids.map(isAlive)).toEqual([true, true]);
});

test('a data folder that cannot be made is refused with the way to mend it', async () => {
  const file = join(dataDir, 'file');
  await writeFile(file, '');

  await expect(start({ dataDir: join(file, 'data') })).rejects.toThrow(
    /cannot be written \(ENOTDIR\).*name another/,
  );
});

test('a start that is aborted leaves no process and no owner', { timeout: 60_000 }, async () => {
  const aborted = new AbortController();
  const starting = start({ signal: aborted.signal });
  setTimeout(() => aborted.abort(new Error('stopped by the user')), 150);

  await expect(starting).rejects.toThrow('stopped by the user');

  expect(await readdir(dataDir)).not.toContain('owner.json');
});

test('a file that is no Redis data ends the start with the log of Redis', { timeout: 60_000 }, async () => {
  const first = await start();
  await first.stop();
  const manifest = join(dataDir, 'redis', 'appendonlydir', 'appendonly.aof.manifest');
  await writeFile(manifest, 'this is no manifest\n');

  await expect(start()).rejects.toThrow(/Redis could not be started[\s\S]*manifest/i);
});

test('given stores are used as they are and nothing is started', { timeout: 60_000 }, async () => {
  const running = await start();

  const given = await startStores({
    cacheDir,
    dataDir: join(dataDir, 'unused'),
    searchPath,
    progress: () => {},
    mongodbUri: running.mongodb.uri,
    redisUrl: running.redis.url,
  });

  expect(given.mongodb).toMatchObject({ source: 'env', version: running.mongodb.version });
  expect(given.redis).toMatchObject({ source: 'env', url: running.redis.url });
  expect(await readdir(dataDir)).not.toContain('unused');
});

test('given stores that do not answer are named by their variables', { timeout: 60_000 }, async () => {
  const nobody = { redisUrl: 'redis://127.0.0.1:1' };

  await expect(start(nobody)).rejects.toThrow('Redis at REDIS_URL cannot be used');
});

async function start(changes: Partial<StartStoresOptions> = {}): Promise<LocalStores> {
  const stores = await startStores({ cacheDir, dataDir, searchPath, progress: () => {}, ...changes });
  cleanups.push(() => stores.stop());
  return stores;
}

/** A service in a process of its own; the test ends only when its stores have. */
async function startService() {
  const { child, pids, end } = runService(cacheDir, dataDir);
  cleanups.push(end);
  return { child, pids: await pids };
}

async function addNote(stores: LocalStores): Promise<void> {
  await withNotes(stores, (notes, redis) =>
    Promise.all([notes.insertOne({ text: 'kept' }), redis.incr('notes')]),
  );
}

/** The number of notes in MongoDB; Redis must agree. */
async function countNotes(stores: LocalStores): Promise<number> {
  const [inMongodb, inRedis] = await withNotes(stores, (notes, redis) =>
    Promise.all([notes.countDocuments(), redis.get('notes')]),
  );
  expect(Number(inRedis)).toBe(inMongodb);
  return inMongodb;
}

async function withNotes<T>(
  stores: LocalStores,
  use: (notes: mongoose.mongo.Collection, redis: Redis) => Promise<T>,
): Promise<T> {
  const client = await new mongoose.mongo.MongoClient(stores.mongodb.uri).connect();
  const redis = new Redis(stores.redis.url);
  try {
    return await use(client.db('test').collection('notes'), redis);
  } finally {
    redis.disconnect();
    await client.close();
  }
}
