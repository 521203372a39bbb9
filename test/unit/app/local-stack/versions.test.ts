import { expect, test } from 'vitest';
import { isAtLeast, versionIn } from '../../../../src/app/local-stack/versions.ts';

test.each([
  ['db version v6.0.5\nBuild Info: {', '6.0.5'],
  ['db version v8.0.12-4-gabc', '8.0.12'],
  ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64', '7.0.15'],
  ['Valkey server v=8.1.8 sha=00000000:1 malloc=libc', '8.1.8'],
  ['no number here', undefined],
])('the version is read out of %j', (text, version) => {
  expect(versionIn(text)).toBe(version);
});

test.each([
  ['6.0.0', '6.0', true],
  ['10.0.1', '6.2', true],
  ['6.2', '6.2.0', true],
  ['6.0.20', '6.2', false],
  ['5.9', '6.0', false],
])('%s is at least %s: %s', (version, least, answer) => {
  expect(isAtLeast(version, least)).toBe(answer);
});
