import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createGate, secretOf } from '../../../../src/adapters/http/auth.ts';
import type { ApiKey, Scope } from '../../../../src/core/ports.ts';

const SECRET = `tr_${'a'.repeat(43)}`;

function house(scope: Scope) {
  const key: ApiKey = {
    id: 'k1',
    projectId: 'default',
    scope,
    name: null,
    hint: 'tr_aaaa',
    createdAt: new Date(0),
    revokedAt: null,
  };
  const stored = new Map([[createHash('sha256').update(SECRET).digest('hex'), key]]);
  let looks = 0;
  let now = 0;
  const gate = createGate({
    keys: {
      create: () => Promise.resolve(),
      list: () => Promise.resolve([]),
      revoke: () => Promise.resolve(true),
      async findByHash(hash) {
        looks += 1;
        return stored.get(hash) ?? null;
      },
    },
    clock: { now: () => new Date(now), sleep: () => Promise.resolve() },
  });
  return {
    gate,
    key,
    looks: () => looks,
    revoke: () => stored.clear(),
    pass(ms: number) {
      now += ms;
    },
  };
}

describe('the gate', () => {
  test.each([
    ['read', 'read', true],
    ['read', 'write', false],
    ['write', 'read', true],
    ['write', 'admin', false],
    ['admin', 'write', true],
  ] as const)('a key with the scope %s at a route for %s: %s', async (scope, needed, mayEnter) => {
    const { gate, key } = house(scope);

    if (mayEnter) await expect(gate.admit(SECRET, needed)).resolves.toEqual(key);
    else
      await expect(gate.admit(SECRET, needed)).rejects.toMatchObject({ code: 'forbidden', statusCode: 403 });
  });

  test('lets nobody in without a key, and asks the store about nothing that is none', async () => {
    const { gate, looks } = house('admin');

    for (const secret of [null, 'x', `${SECRET}a`, SECRET.replace('tr_', 'sk_'), `${SECRET} `]) {
      await expect(gate.admit(secret, 'read')).rejects.toMatchObject({
        code: 'unauthorized',
        statusCode: 401,
      });
    }
    expect(looks()).toBe(0);
    await expect(gate.admit(SECRET.replace('a', 'b'), 'read')).rejects.toMatchObject({ statusCode: 401 });
  });

  test('remembers a key for a second, so that a revoked one is refused after it', async () => {
    const { gate, looks, revoke, pass } = house('read');
    await gate.admit(SECRET, 'read');
    revoke();

    pass(999);
    await gate.admit(SECRET, 'read');
    expect(looks()).toBe(1);

    pass(1);
    await expect(gate.admit(SECRET, 'read')).rejects.toMatchObject({ code: 'unauthorized' });
  });
});

describe('a key is read', () => {
  test.each([
    ['from Authorization', { authorization: `Bearer ${SECRET}` }, SECRET],
    ['in any case', { authorization: `bearer ${SECRET}` }, SECRET],
    ['from x-api-key', { 'x-api-key': SECRET }, SECRET],
    [
      'from x-api-key beside another Authorization',
      { authorization: 'Basic eDp5', 'x-api-key': SECRET },
      SECRET,
    ],
    ['from nowhere', {}, null],
    ['from nothing', { 'x-api-key': '' }, null],
  ])('%s', (_how, headers, secret) => {
    expect(secretOf({ headers })).toBe(secret);
  });
});
