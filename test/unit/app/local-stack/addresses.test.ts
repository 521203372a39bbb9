import { expect, test } from 'vitest';
import { mongodbUri } from '../../../../src/app/local-stack/mongod.ts';
import { redisUrl } from '../../../../src/app/local-stack/redis-server.ts';
import { socketPath } from '../../../../src/app/local-stack/socket-path.ts';

test('a socket is carried by both URIs', () => {
  const address = { transport: 'socket', path: '/data/my project/s.sock' } as const;

  expect(mongodbUri(address)).toBe('mongodb://%2Fdata%2Fmy%20project%2Fs.sock/?directConnection=true');
  expect(redisUrl(address)).toBe('redis://localhost/?path=%2Fdata%2Fmy%20project%2Fs.sock');
});

test('a loopback port is carried by both URIs', () => {
  const address = { transport: 'loopback', host: '127.0.0.1', port: 4711 } as const;

  expect(mongodbUri(address)).toBe('mongodb://127.0.0.1:4711/?directConnection=true');
  expect(redisUrl(address)).toBe('redis://127.0.0.1:4711');
});

test('a socket lies with its data, or at a short path that only this data and user have', () => {
  const deep = `/home/${'deep/'.repeat(30)}`;

  const paths = [
    socketPath('/home/me/.threadrelay', 'mongod.sock', '/tmp', 1000),
    socketPath(deep, 'mongod.sock', '/tmp', 1000),
    socketPath(deep, 'mongod.sock', '/tmp', 1001),
    socketPath(`${deep}er`, 'mongod.sock', '/tmp', 1000),
  ];

  expect(paths[0]).toBe('/home/me/.threadrelay/mongod.sock');
  expect(paths.every((path) => path.length <= 103)).toBe(true);
  expect(new Set(paths).size).toBe(4);
});
