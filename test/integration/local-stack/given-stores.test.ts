import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { defaultCacheDir } from '../../../src/app/local-stack/binary-cache.ts';
import { mongodKind } from '../../../src/app/local-stack/binary-kinds.ts';
import { findBinary } from '../../../src/app/local-stack/find-binary.ts';
import { checkGivenMongodb, checkGivenRedis } from '../../../src/app/local-stack/given-stores.ts';
import { startPrivateRedis } from '../../fixtures/private-stores.ts';

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

test('a standalone mongod is refused and told how to become a replica set', { timeout: 60_000 }, async () => {
  const { env } = process;
  const binary = await findBinary(mongodKind, {
    namedPath: env['THREADRELAY_MONGOD'] || undefined,
    cacheDir: env['THREADRELAY_CACHE'] || defaultCacheDir(homedir()),
    searchPath: env['PATH'] ?? '',
    progress: () => {},
    platform: process.platform,
    arch: process.arch,
  });
  const folder = await mkdtemp(join(tmpdir(), 'threadrelay-test-'));
  const port = await freePort();
  const mongod = spawn(
    binary.path,
    ['--dbpath', folder, '--bind_ip', '127.0.0.1', '--port', String(port), '--nounixsocket'],
    { stdio: 'ignore' },
  );
  try {
    const check = checkGivenMongodb(`mongodb://127.0.0.1:${port}/?directConnection=true`);

    await expect(check).rejects.toThrow(/standalone.*--replSet rs0.*rs\.initiate\(\)/s);
  } finally {
    mongod.kill('SIGKILL');
    await once(mongod, 'exit');
    await rm(folder, { recursive: true, force: true });
  }
});

test('a Redis that evicts keys is refused and told the setting', { timeout: 60_000 }, async () => {
  const redis = await startPrivateRedis();
  const client = new Redis(redis.url);
  try {
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');

    await expect(checkGivenRedis(redis.url)).rejects.toThrow(/allkeys-lru.*noeviction/s);
  } finally {
    client.disconnect();
    await redis.stop();
  }
});

test('a Redis that is too old is refused with its version and the one that is needed', async () => {
  // A door that answers INFO as Redis 5 does, and knows nothing else.
  const info = 'redis_version:5.0.14\r\nloading:0\r\n';
  const server = createServer((socket) => {
    socket.on('data', (chunk) => {
      for (const command of String(chunk)
        .split(/^\*\d+\r\n/m)
        .slice(1)) {
        const name = /^\$\d+\r\n(\w+)/.exec(command)?.[1] ?? '';
        const isInfo = name.toLowerCase() === 'info';
        socket.write(isInfo ? `$${info.length}\r\n${info}\r\n` : `-ERR unknown command '${name}'\r\n`);
      }
    });
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  try {
    await expect(checkGivenRedis(`redis://127.0.0.1:${address.port}`)).rejects.toThrow(
      /Redis at REDIS_URL is 5\.0\.14, but 6\.2/,
    );
  } finally {
    server.close();
  }
});
