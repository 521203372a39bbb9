import { inflateRawSync } from 'node:zlib';
import { MAX_ARCHIVE_PARTS, MAX_UNPACKED_BYTES } from './bounds.ts';
import { unreadable } from './faults.ts';

// APPNOTE.TXT of PKWARE, 4.3: the end of the central directory, its entries, and the head of each file.
const END = 0x06054b50;
/** Bytes of the end of a directory, without its comment: PKWARE's APPNOTE 4.3.16. */
const END_LENGTH = 22;
const LONGEST_COMMENT = 0xffff;
const ENTRY = 0x02014b50;
/** Bytes of an entry of the directory, without its names: PKWARE's APPNOTE 4.3.12. */
const ENTRY_LENGTH = 46;
/** Bytes of the head of a file, without its names: PKWARE's APPNOTE 4.3.7. */
const LOCAL_LENGTH = 30;
/** Ways of packing that are read, as PKWARE's APPNOTE 4.4.5 numbers them. */
const STORED = 0;
/** As above; Office programs write nothing else. */
const DEFLATED = 8;

/**
 * Refuses a ZIP archive (DOCX, XLSX) whose parts unpack to more than is read, before a library unpacks it: what its
 * directory says is summed up, and then each part is unpacked, one at a time, to see whether that was true.
 * @throws ThreadrelayError `invalid_input`
 */
export function checkArchive(bytes: Uint8Array, name: string, atMost = MAX_UNPACKED_BYTES): void {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    let left = atMost;
    const parts = partsOf(view);
    if (parts.length > MAX_ARCHIVE_PARTS) throw tooLarge(name);
    if (parts.reduce((sum, { size }) => sum + size, 0) > left) throw tooLarge(name);
    for (const { method, packed } of parts) {
      left -= method === DEFLATED ? unpackedSize(packed, left) : packed.length;
      if (left < 0) throw tooLarge(name);
    }
  } catch (thrown) {
    if (thrown instanceof RangeError && 'code' in thrown && thrown.code === 'ERR_BUFFER_TOO_LARGE') {
      throw tooLarge(name);
    }
    if (thrown instanceof Error && thrown.name === 'ThreadrelayError') throw thrown;
    throw unreadable(name, 'is broken: it cannot be unpacked. Save it again and send that.', thrown);
  }
}

function unpackedSize(packed: Uint8Array, atMost: number): number {
  return inflateRawSync(packed, { maxOutputLength: Math.max(1, atMost) }).length;
}

type Part = { method: number; size: number; packed: Buffer };

function partsOf(view: Buffer): Part[] {
  const end = findEnd(view);
  const count = view.readUInt16LE(end + 10);
  let at = view.readUInt32LE(end + 16);
  const parts: Part[] = [];
  for (let index = 0; index < count; index += 1) {
    if (view.readUInt32LE(at) !== ENTRY) throw new Error('no entry where the directory has one');
    const method = view.readUInt16LE(at + 10);
    if (method !== STORED && method !== DEFLATED) throw new Error(`method ${method}`);
    const packedSize = view.readUInt32LE(at + 20);
    const size = view.readUInt32LE(at + 24);
    const local = view.readUInt32LE(at + 42);
    const begin = local + LOCAL_LENGTH + view.readUInt16LE(local + 26) + view.readUInt16LE(local + 28);
    if (begin + packedSize > view.length) throw new Error('cut off');
    parts.push({ method, size, packed: view.subarray(begin, begin + packedSize) });
    at += ENTRY_LENGTH + view.readUInt16LE(at + 28) + view.readUInt16LE(at + 30) + view.readUInt16LE(at + 32);
  }
  return parts;
}

function findEnd(view: Buffer): number {
  const last = view.length - END_LENGTH;
  for (let at = last; at >= Math.max(0, last - LONGEST_COMMENT); at -= 1) {
    if (view.readUInt32LE(at) === END) return at;
  }
  throw new Error('no central directory');
}

function tooLarge(name: string) {
  return unreadable(
    name,
    `unpacks to more than ${MAX_UNPACKED_BYTES / 2 ** 20} MB, which is too large to read. Send a part of it.`,
  );
}
