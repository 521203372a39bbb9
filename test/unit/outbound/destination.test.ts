import { expect, test } from 'vitest';
import { checkDestination, plainRefusal } from '../../../src/outbound/destination.ts';

/** Whether it may be fetched when these hosts are allowed to be private. */
async function mayFetch(url: string, ...allowed: string[]): Promise<boolean> {
  const resolve = async () => [{ address: '10.0.0.1', family: 4 }];
  return checkDestination(new URL(url), new Set(allowed), resolve).then(
    () => true,
    () => false,
  );
}

test('a host that is allowed with a port is allowed with that port alone, be it the one of the scheme', async () => {
  expect(await mayFetch('http://intranet/orders', 'intranet:80')).toBe(true);
  expect(await mayFetch('https://intranet/orders', 'intranet:443')).toBe(true);
  expect(await mayFetch('http://[fd00::1]/orders', '[fd00::1]:80')).toBe(true);
  expect(await mayFetch('http://intranet:6379/', 'intranet:80')).toBe(false);
  expect(await mayFetch('http://intranet:443/', 'intranet:80')).toBe(false);
  expect(await mayFetch('https://intranet/', 'intranet:80')).toBe(false);
  expect(await mayFetch('http://other/', 'intranet:80')).toBe(false);
});

test('a host that is allowed without a port is allowed with all of them', async () => {
  expect(await mayFetch('http://intranet:6379/', 'intranet')).toBe(true);
  expect(await mayFetch('http://sub.intranet/', 'intranet')).toBe(false);
});

test.each([
  ['https://shop.example.com/', null],
  ['http://localhost.example.com/', null],
  ['https://1.1.1.1:8443/', null],
  ['http://localhost/', 'address'],
  ['http://LOCALHOST./', 'address'],
  ['http://shop.localhost/', 'address'],
  ['http://0x7f.1/', 'address'],
  ['http://[::ffff:10.0.0.1]/', 'address'],
  ['https://shop.example.com:22/', 'port'],
  ['https://shop.example.com:27017/', 'port'],
])('what a URL itself tells of where it leads: %s', (url, refusal) => {
  expect(plainRefusal(new URL(url))).toBe(refusal);
});
