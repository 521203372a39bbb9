import { expect, test } from 'vitest';
import { parseRedisAddress } from '../../../src/queue/redis-address.ts';

test('a cluster is some nodes, with what all of them ask for', () => {
  expect(parseRedisAddress('rediss+cluster://ada:p%40ss@one:7000,[::1]:7001,three')).toEqual({
    kind: 'cluster',
    nodes: [
      { host: 'one', port: 7000 },
      { host: '::1', port: 7001 },
      { host: 'three', port: 6379 },
    ],
    username: 'ada',
    password: 'p@ss',
    tls: true,
  });
});

test('a password alone names no user', () => {
  const address = parseRedisAddress('redis+cluster://:secret@one:7000');

  expect(address).toEqual({
    kind: 'cluster',
    nodes: [{ host: 'one', port: 7000 }],
    password: 'secret',
    tls: false,
  });
});

test('the address of one server is left as it is', () => {
  const url = 'redis://localhost/?path=%2Ftmp%2Fredis.sock';

  expect(parseRedisAddress(url)).toEqual({ kind: 'server', url });
});

test.each(['redis+cluster://', 'redis+cluster://one:port', 'redis+cluster://one,', 'rediss+cluster:one'])(
  'what names no node is no address: %s',
  (url) => {
    expect(parseRedisAddress(url)).toBeNull();
  },
);
