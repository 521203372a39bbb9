import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { isLoopback } from '../../../../src/app/keys/development-key.ts';
import { newApiKey } from '../../../../src/app/keys/new-api-key.ts';

const FACTS = {
  id: 'k1',
  projectId: 'default',
  scope: 'write' as const,
  name: null,
  createdAt: new Date('2026-01-02T03:04:05Z'),
};

test('a secret is tr_ and 43 characters of base64url, and follows from its random bytes alone', () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, index) => 255 - index);

  const { secret } = newApiKey(FACTS, bytes);

  expect(secret).toMatch(/^tr_[\w-]{43}$/);
  expect(newApiKey({ ...FACTS, id: 'k2' }, bytes).secret).toBe(secret);
  expect(newApiKey(FACTS, bytes.toReversed()).secret).not.toBe(secret);
});

test('what is stored of a secret is its SHA-256 in hex, and a hint that leaves 40 random characters unsaid', () => {
  const { key, secret, secretHash } = newApiKey(FACTS, new Uint8Array(32).fill(7));

  expect(secretHash).toBe(createHash('sha256').update(secret).digest('hex'));
  expect(key).toEqual({ ...FACTS, hint: secret.slice(0, 6), revokedAt: null });
  expect(JSON.stringify(key)).not.toContain(secret.slice(6));
});

test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('%s is loopback', (host) => {
  expect(isLoopback(host)).toBe(true);
});

test.each(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.com', 'localhost.example.com', '1127.0.0.1'])(
  '%s is not loopback',
  (host) => {
    expect(isLoopback(host)).toBe(false);
  },
);
