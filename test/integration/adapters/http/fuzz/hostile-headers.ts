import type { Dice } from './dice.ts';

/** Lines of headers as they are sent, each without its line's end, as bytes of latin1. */
const LINES: readonly string[] = [
  'Content-Type: text/plain',
  'Content-Type: application/x-www-form-urlencoded',
  'Content-Type: multipart/form-data',
  'Content-Type: application/json; charset=utf-16',
  'Content-Type: application/json;;;=',
  'Content-Type: ',
  `Content-Type: ${'x'.repeat(3_000)}`,
  'Content-Encoding: gzip',
  'Idempotency-Key: ',
  `Idempotency-Key: ${'k'.repeat(300)}`,
  'Idempotency-Key: \xe4\xff',
  'Idempotency-Key: a b',
  'Idempotency-Key: {"$gt":""}',
  'Idempotency-Key: one\r\nIdempotency-Key: two',
  'Idempotency-Key: shared',
  'Last-Event-ID: -1',
  'Last-Event-ID: 1-99999999999999999999',
  'Last-Event-ID: 1-end.0',
  'Last-Event-ID: {"$gt":""}',
  `Last-Event-ID: ${'9'.repeat(2_000)}`,
  'Authorization: Bearer',
  'Authorization: Basic Og==',
  `Authorization: Bearer tr_${'A'.repeat(43)}`,
  'Authorization: Bearer {"$gt":""}',
  'x-api-key: {"$ne":null}',
  'x-api-key: one\r\nx-api-key: two',
  'Accept: */*; q=nonsense',
  'Accept-Encoding: gzip;q=x, *;q=9',
  'Expect: 100-continue',
  'Expect: the impossible',
  'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x',
  'Prefer: return=minimal, respond-async',
  'Origin: null',
  'Range: bytes=0-18446744073709551615',
  'If-None-Match: *',
  'If-Modified-Since: yesterday',
  'X-Forwarded-For: 127.0.0.1',
  'X-HTTP-Method-Override: DELETE',
  'traceparent: 00-zz',
  `Cookie: ${'c'.repeat(9_000)}`,
];

/** What no server has to read as HTTP. */
const MALFORMED_LINES: readonly string[] = [
  'no colon here',
  'X-Bad: a\x01b',
  'X-Bad: a\0b',
  'X Bad: space',
  ': empty',
  'Content-Length: -1',
  'Content-Length: many',
  'Content-Length: 1\r\nContent-Length: 2',
  'Transfer-Encoding: gzip',
  'Transfer-Encoding: chunked\r\nContent-Length: 4',
  `X-Long: ${'x'.repeat(20_000)}`,
  Array.from({ length: 3_000 }, (_, n) => `X-${n}: y`).join('\r\n'),
];

export function hostileHeader(dice: Dice): string {
  return dice.chance(0.25) ? dice.pick(MALFORMED_LINES) : dice.pick(LINES);
}
