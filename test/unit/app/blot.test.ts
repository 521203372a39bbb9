import { fc } from '../../fixtures/fast-check.ts';
import { expect, test } from 'vitest';
import { createBlot } from '../../../src/app/blot.ts';
import { knownSecrets } from '../../../src/app/config/known-secrets.ts';
import { Secret } from '../../../src/app/config/secret.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

test('whatever the secret and its neighbours are, no usual form of it is left', () => {
  const secrets = fc.string({ minLength: 12, maxLength: 40, unit: 'grapheme-ascii' });
  fc.assert(
    fc.property(secrets, fc.string(), fc.string(), (value, before, after) => {
      const blot = createBlot([new Secret(value)]);
      const forms = [
        value,
        JSON.stringify({ value }),
        JSON.stringify({ inner: JSON.stringify({ value }) }),
        encodeURIComponent(value),
        new URLSearchParams({ value }).toString(),
      ];
      for (const form of forms) expect(blot(`${before} ${form} ${after}`)).toContain('[secret]');
      // Of a Base64 text at most the digits that neighbours share are left, never the secret's own.
      const decoded = Buffer.from(
        blot(base64(`${before}${value}${after}`)).replaceAll('[secret]', ''),
        'base64',
      );
      expect(decoded.toString('latin1')).not.toContain(value);
    }),
  );
});

test('passwords of addresses, headers and keys of others are known, also in faulty variables', () => {
  const blot = createBlot(
    knownSecrets({
      MONGODB_URI: 'mongodb://user:pass%2Fword@one:1,two:2/db?tlsCertificateKeyFilePassword=keyfile',
      REDIS_URL: 'rediss://:redis-word@host',
      SLACK_BOT_TOKEN: 'without-its-prefix',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://me:otlp-word@collector',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20header-word,x-key=second-word',
      OPENAI_API_KEY: 'sk-of-a-model',
    }),
  );
  for (const secret of [
    'pass%2Fword',
    'pass/word',
    'keyfile',
    'redis-word',
    'without-its-prefix',
    'otlp-word',
    'header-word',
    'second-word',
    'sk-of-a-model',
  ]) {
    expect(blot(`said ${secret}.`)).toBe('said [secret].');
  }
  expect(blot('user at one:1')).toBe('user at one:1');
});

test('a secret from a file that ends with a line is known as it is sent, without it', () => {
  const blot = createBlot(knownSecrets({ SHOP_TOKEN: 'of-the-shop\n', SLACK_BOT_TOKEN: ' of-the-bot ' }));
  expect(blot('Bearer of-the-shop, Bearer of-the-bot.')).toBe('Bearer [secret], Bearer [secret].');
});

test('without secrets a text stays as it is', () => {
  expect(createBlot(knownSecrets({ PORT: '8080', SOME_TOKEN: '1' }))('1 8080')).toBe('1 8080');
});

test('a longer secret is blotted out whole although it holds a shorter one', () => {
  expect(createBlot([new Secret('abc'), new Secret('abc-def')])('abc-def abc')).toBe('[secret] [secret]');
});
