import { inflateSync } from 'node:zlib';
import { MAX_UNPACKED_BYTES } from './bounds.ts';
import { unreadable } from './faults.ts';

/** Layers of compression on one stream; real ones have one, rarely two. */
const MAX_LAYERS = 3;

const STREAM = Buffer.from('stream');
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/** First byte of compressed data in the window size that all writers use (RFC 1950). */
const ZLIB = 0x78;

/**
 * Refuses a PDF whose compressed streams unpack to more than is read, before the library unpacks them.
 * @throws ThreadrelayError `invalid_input`
 */
export function checkStreams(bytes: Uint8Array, name: string, limit = MAX_UNPACKED_BYTES): void {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let left = limit;
  for (let at = view.indexOf(STREAM); at !== -1; at = view.indexOf(STREAM, at + STREAM.length)) {
    let begin = at + STREAM.length;
    if (view[begin] === CARRIAGE_RETURN) begin += 1;
    if (view[begin] !== LINE_FEED) continue;
    left -= unpackedSize(view.subarray(begin + 1), left, MAX_LAYERS);
    if (left > 0) continue;
    throw unreadable(
      name,
      `unpacks to more than ${MAX_UNPACKED_BYTES / 2 ** 20} MB, which is too large to read. Send a part of it.`,
    );
  }
}

/** Bytes of all layers together; those that are no compressed data, or broken, count nothing: nobody unpacks them. */
function unpackedSize(packed: Buffer, atMost: number, layers: number): number {
  if (packed[0] !== ZLIB || layers === 0 || atMost <= 0) return 0;
  try {
    const unpacked = inflateSync(packed, { maxOutputLength: atMost });
    return unpacked.length + unpackedSize(unpacked, atMost - unpacked.length, layers - 1);
  } catch (thrown) {
    return thrown instanceof RangeError && 'code' in thrown && thrown.code === 'ERR_BUFFER_TOO_LARGE'
      ? atMost
      : 0;
  }
}
