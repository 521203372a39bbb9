import * as http from 'node:http';
import * as https from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ThreadrelayError } from '../core/errors.ts';
import { type Destination, placeOf } from './destination.ts';

export type Hop = {
  destination: Destination;
  method: string;
  headers: Record<string, string>;
  body: string | Uint8Array | undefined;
  maxBytes: number;
  signal: AbortSignal;
};

export type Answer = { status: number; headers: Map<string, string>; body: Uint8Array };

/** Ways of packing that are understood, one at a time: bombs are packed several times. */
const UNPACKERS: Record<string, () => NodeJS.ReadWriteStream & Readable> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

const ACCEPTED = 'gzip, deflate, br';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export function isRedirect({ status, headers }: Pick<Answer, 'status' | 'headers'>): boolean {
  return REDIRECTS.has(status) && headers.has('location');
}

/**
 * One request on a connection of its own to an address that was checked, whatever the name stands for by now. The body of
 * a redirect is not read.
 * @throws ThreadrelayError `platform_refused` for an answer that is too large or packed in a way that is not understood
 */
export async function sendOnce(hop: Hop): Promise<Answer> {
  const { url, addresses } = hop.destination;
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const secure = url.protocol === 'https:';
    const request = (secure ? https : http).request(url, {
      method: hop.method,
      headers: { 'user-agent': 'threadrelay', 'accept-encoding': ACCEPTED, ...hop.headers },
      // An agent of its own takes no proxy from the environment, and shares no connection.
      agent: secure ? new https.Agent() : new http.Agent(),
      lookup: pinned(addresses),
      signal: hop.signal,
    });
    request.on('response', resolve);
    request.on('upgrade', (_, socket) => socket.destroy(new Error('The server changed the protocol.')));
    request.on('error', reject);
    request.end(hop.body);
  });
  try {
    const { statusCode: status = 0 } = response;
    const headers = headersOf(response);
    if (isRedirect({ status, headers })) return { status, headers, body: new Uint8Array() };
    return { status, headers, body: await readBody(response, headers, hop) };
  } finally {
    response.destroy();
  }
}

/** Answers what was checked, whatever is asked. */
function pinned(addresses: Destination['addresses']): LookupFunction {
  return (_hostname, options, callback) => {
    const [first] = addresses;
    if (options.all === true || first === undefined) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
}

function headersOf(response: http.IncomingMessage): Map<string, string> {
  return new Map(
    Object.entries(response.headers).map(([name, value = '']) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
}

async function readBody(
  response: http.IncomingMessage,
  headers: Answer['headers'],
  hop: Hop,
): Promise<Buffer> {
  const tooLarge = () => {
    const place = placeOf(hop.destination.url);
    return refused(`${place} answered with more than the ${sizeOf(hop.maxBytes)} that are fetched.`);
  };
  if (Number(headers.get('content-length') ?? 0) > hop.maxBytes) throw tooLarge();
  const stream = unpacked(response, headers.get('content-encoding'), hop);
  const packed = limit(response, hop.maxBytes, () => stream.destroy(tooLarge()));
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > hop.maxBytes || packed() > hop.maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function sizeOf(bytes: number): string {
  const kilobytes = Math.floor(bytes / 1024);
  return kilobytes < 1024 ? `${kilobytes} kB` : `${Math.floor(kilobytes / 1024)} MB`;
}

/** Counts what comes over the wire: what unpacks to nothing may go on for ever. */
function limit(response: Readable, maxBytes: number, stop: () => void): () => number {
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) stop();
  });
  return () => size;
}

function unpacked(response: http.IncomingMessage, encoding = 'identity', { destination }: Hop): Readable {
  const name = encoding.trim().toLowerCase();
  if (name === 'identity' || name === '') return response;
  const unpacker = UNPACKERS[name]?.();
  if (unpacker === undefined) {
    throw refused(`${placeOf(destination.url)} packed its answer in a way that is not understood.`);
  }
  response.on('error', (error) => unpacker.destroy(error));
  response.on('aborted', () => unpacker.destroy(new Error('The answer was cut off.')));
  response.pipe(unpacker);
  return unpacker;
}

function refused(sentence: string): ThreadrelayError {
  return new ThreadrelayError('platform_refused', sentence);
}
