import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { installOnce } from '../../../src/app/local-stack/binary-cache.ts';
import { startStores } from '../../../src/app/local-stack/start-stores.ts';
import { killHard, runScript, runService, until } from './processes.ts';

let folder: string;
let cacheDir: string;
const entry = () => ({ cacheDir, name: 'server-1', executable: 'server' });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'threadrelay-test-'));
  cacheDir = join(folder, 'cache');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('of two processes that start at once, one fetches and both get the whole binary', async () => {
  const first = runScript('install-process.ts', [cacheDir, folder]);
  await until(() => existsSync(join(folder, 'fetches.log')), 20_000, 'the first fetches');
  const second = runScript('install-process.ts', [cacheDir, folder]);
  await second.firstLine;
  const bothEnded = Promise.all([once(first.child, 'exit'), once(second.child, 'exit')]);

  await writeFile(join(folder, 'go'), '');
  await bothEnded;

  const path = join(cacheDir, 'server-1', 'server');
  expect(linesOf('fetches.log')).toEqual([String(first.child.pid)]);
  expect(linesOf('results.log')).toEqual([path, path]);
  expect(readFileSync(path, 'utf8')).toBe('half and half');
  expect(statSync(path).mode & 0o111).toBe(0o111);
  expect(await readdir(cacheDir)).toEqual(['server-1']);
});

test('a fetch that was killed leaves no torn binary, and its lock is taken over', {
  timeout: 30_000,
}, async () => {
  const killed = runScript('install-process.ts', [cacheDir, folder]);
  await until(() => existsSync(join(folder, 'fetches.log')), 20_000, 'it fetches');
  await killHard(killed.child);
  expect(existsSync(join(cacheDir, 'server-1'))).toBe(false);

  const path = await installOnce(entry(), async (work) => {
    await writeFile(join(work, 'server'), 'whole');
    return join(work, 'server');
  });

  expect(readFileSync(path, 'utf8')).toBe('whole');
});

test('a failed fetch leaves the cache empty and unlocked', async () => {
  const failing = installOnce(entry(), async () => {
    throw new Error('the line is down');
  });
  await expect(failing).rejects.toThrow('the line is down');

  expect(await readdir(cacheDir)).toEqual([]);
});

// The real thing: where neither server is installed, it fetches both.
test('two services on one empty cache both start', { timeout: 300_000 }, async () => {
  await mkdir(folder, { recursive: true });
  const start = (name: string) =>
    startStores({
      cacheDir,
      dataDir: join(folder, name),
      searchPath: process.env['PATH'] ?? '',
      progress: () => {},
    });
  const other = runService(cacheDir, join(folder, 'other'));
  try {
    const stores = await start('one');
    await stores.stop();

    expect(await other.pids).toHaveLength(2);
  } finally {
    await other.end();
  }
});

function linesOf(name: string): string[] {
  return readFileSync(join(folder, name), 'utf8').trim().split('\n');
}
