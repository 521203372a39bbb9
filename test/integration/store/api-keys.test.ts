import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiKey } from '../../../src/core/ports.ts';
import { createStores, type Database, openDatabase, type Stores } from '../../../src/store/index.ts';
import { testDatabase } from '../../fixtures/stores.ts';

let database: Database;
let stores: Stores;
beforeAll(async () => {
  database = await openDatabase({ uri: testDatabase() });
  stores = createStores(database);
});
afterAll(() => database.close());

function newKey(overrides: Partial<ApiKey> = {}): ApiKey {
  return {
    id: randomUUID(),
    projectId: 'default',
    scope: 'write',
    name: 'the shop',
    hint: 'tr_abcd',
    createdAt: new Date(),
    revokedAt: null,
    ...overrides,
  };
}

test('a key is found by the hash of its secret until it is revoked, and nothing else finds it', async () => {
  const key = newKey();
  await stores.keys.create(key, 'hash-1');
  expect(await stores.keys.findByHash('hash-1')).toEqual(key);
  expect(await stores.keys.findByHash('hash-2')).toBeNull();
  expect(await stores.keys.revoke('unknown', new Date())).toBe(false);
  const at = new Date();
  expect(await stores.keys.revoke(key.id, at)).toBe(true);
  expect(await stores.keys.revoke(key.id, new Date(0))).toBe(false);
  expect(await stores.keys.findByHash('hash-1')).toBeNull();
  expect(await stores.keys.list(null)).toEqual([{ ...key, revokedAt: at }]);
});

test('keys are listed by project, oldest first, with those that were revoked', async () => {
  const [first, second] = [
    newKey({ projectId: 'p1', name: null, createdAt: new Date(1) }),
    newKey({ projectId: 'p1', scope: 'admin', createdAt: new Date(2) }),
  ];
  await stores.keys.create(second, 'h2');
  await stores.keys.create(first, 'h1');
  await stores.keys.create(newKey({ projectId: 'p2' }), 'h3');
  expect(await stores.keys.list('p1')).toEqual([first, second]);
  expect((await stores.keys.list(null)).length).toBeGreaterThanOrEqual(3);
  expect(await stores.keys.list('p3')).toEqual([]);
});

test('two keys cannot share a secret', async () => {
  await stores.keys.create(newKey(), 'shared');
  await expect(stores.keys.create(newKey(), 'shared')).rejects.toThrow();
});
