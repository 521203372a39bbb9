import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIMITS } from '../../../src/core/limits.ts';
import type { IdempotentRequest } from '../../../src/core/ports.ts';
import { createStores, type Database, openDatabase, type Stores } from '../../../src/store/index.ts';
import { testDatabase } from '../../fixtures/stores.ts';

let database: Database;
let stores: Stores;
beforeAll(async () => {
  database = await openDatabase({ uri: testDatabase() });
  stores = createStores(database);
});
afterAll(() => database.close());

const NOW = new Date();
const later = (ms: number) => new Date(NOW.getTime() + ms);
const ANSWER = { status: 201, headers: { location: '/threads/1' }, body: '{"a":1}' };

function newRequest(overrides: Partial<IdempotentRequest> = {}): IdempotentRequest {
  return { projectId: 'default', key: randomUUID(), fingerprint: 'f', ...overrides };
}

/** Claims as a process does that gives others 15 s. */
const claim = (request: IdempotentRequest, seed: string, now = NOW) =>
  stores.idempotency.claim(request, seed, now, new Date(now.getTime() - 15_000));

test('of a hundred requests with one key at one moment one is carried out', async () => {
  const request = newRequest();
  const claims = await Promise.all(Array.from({ length: 100 }, (_, index) => claim(request, `seed${index}`)));
  expect(claims.filter(({ kind }) => kind === 'first')).toHaveLength(1);
  expect(claims.filter(({ kind }) => kind === 'in_progress')).toHaveLength(99);
});

test('a request that was answered is given the same answer, and another one with its key none', async () => {
  const request = newRequest();
  await claim(request, 's1');
  await stores.idempotency.keep(request, ANSWER);
  expect(await claim(request, 's2', later(60_000))).toEqual({ kind: 'answered', answer: ANSWER });
  expect(await claim({ ...request, fingerprint: 'other' }, 's3')).toEqual({ kind: 'mismatch' });
  // The first answer stays.
  await stores.idempotency.keep(request, { ...ANSWER, status: 500 });
  expect(await claim(request, 's4')).toEqual({ kind: 'answered', answer: ANSWER });
});

test('keys of two projects, and of names that together look alike, are two', async () => {
  const [one, two] = [newRequest({ projectId: 'a', key: 'b:c' }), newRequest({ projectId: 'a:b', key: 'c' })];
  expect(await claim(one, 's1')).toEqual({ kind: 'first', seed: 's1' });
  expect(await claim(two, 's2')).toEqual({ kind: 'first', seed: 's2' });
});

test('a request whose process died is taken over by one other, with the same seed', async () => {
  const request = newRequest();
  await claim(request, 'seed');
  expect(await claim(request, 's2', later(14_000))).toEqual({ kind: 'in_progress' });
  const claims = await Promise.all(Array.from({ length: 20 }, () => claim(request, 's3', later(16_000))));
  expect(claims.filter(({ kind }) => kind === 'first')).toEqual([{ kind: 'first', seed: 'seed' }]);
  expect(claims.filter(({ kind }) => kind === 'in_progress')).toHaveLength(19);
});

test('a request that made nothing may be sent again at once, also with another body', async () => {
  const request = newRequest();
  await claim(request, 'seed');
  await stores.idempotency.forget(request);
  const other = { ...request, fingerprint: 'mended' };
  expect(await claim(other, 's2')).toEqual({ kind: 'first', seed: 'seed' });
  expect(await claim(request, 's3')).toEqual({ kind: 'mismatch' });
  await stores.idempotency.keep(other, ANSWER);
  expect(await claim(other, 's4')).toEqual({ kind: 'answered', answer: ANSWER });
});

test('a failure of the one that was overtaken does not let the request be carried out under other ids', async () => {
  const request = newRequest();
  await claim(request, 'seed');
  // Given a second process that has taken it over
  await claim(request, 's2', later(16_000));
  // When the first one fails
  await stores.idempotency.forget(request);
  // Then whoever comes next makes the same things, and the answer of the second is kept
  expect(await claim(request, 's3', later(17_000))).toEqual({ kind: 'first', seed: 'seed' });
  await stores.idempotency.keep(request, ANSWER);
  expect(await claim(request, 's4', later(18_000))).toEqual({ kind: 'answered', answer: ANSWER });
});

test('an answer is not forgotten because a late try failed', async () => {
  const request = newRequest();
  await claim(request, 'seed');
  await stores.idempotency.keep(request, ANSWER);
  await stores.idempotency.forget(request);
  expect(await claim(request, 's2')).toEqual({ kind: 'answered', answer: ANSWER });
});

test('after a day the key is free, before MongoDB has removed the request, and MongoDB removes it', async () => {
  const request = newRequest();
  await claim(request, 'seed');
  await stores.idempotency.keep(request, ANSWER);
  const dayOver = later(LIMITS.idempotencyMs);
  expect(await claim(request, 's2', later(LIMITS.idempotencyMs - 1))).toMatchObject({ kind: 'answered' });
  const claims = await Promise.all(
    Array.from({ length: 10 }, (_, index) => claim(request, `s${index}`, dayOver)),
  );
  expect(claims.filter(({ kind }) => kind === 'first')).toHaveLength(1);
  const indexes = await database.connection.collection('requests').indexes();
  expect(indexes).toContainEqual(expect.objectContaining({ key: { expiresAt: 1 }, expireAfterSeconds: 0 }));
});
