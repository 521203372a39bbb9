import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { isSignedBySlack } from '../../../../src/adapters/slack/signature.ts';

const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const NOW = new Date('2026-11-21T12:00:00Z');
const seconds = (offset: number) => String(NOW.getTime() / 1000 + offset);
const sign = (timestamp: string, body: string, secret = SECRET) =>
  `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
const request = (timestamp: string, body = '{"a":1}') => ({
  signature: sign(timestamp, body),
  timestamp,
  body: Buffer.from(body),
});

test('what Slack signed is taken for 300 s in either direction', () => {
  for (const offset of [-300, -1, 0, 1, 300]) {
    expect(isSignedBySlack(request(seconds(offset)), SECRET, NOW)).toBe(true);
  }
  for (const offset of [-301, 301, -86_400, 86_400]) {
    expect(isSignedBySlack(request(seconds(offset)), SECRET, NOW)).toBe(false);
  }
});

test('bytes count, not characters', () => {
  const body = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
  const timestamp = seconds(0);
  const signature = `v0=${createHmac('sha256', SECRET).update(`v0:${timestamp}:`).update(body).digest('hex')}`;
  expect(isSignedBySlack({ signature, timestamp, body }, SECRET, NOW)).toBe(true);
});
