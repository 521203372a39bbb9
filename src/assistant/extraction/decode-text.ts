import { unreadable } from './faults.ts';

/**
 * Text of bytes in UTF-8, in UTF-16 with its mark, or else in Windows-1252, which old programs write. Line ends become
 * `\n`. @throws ThreadrelayError `invalid_input` for bytes that are no text
 */
export function decodeText(bytes: Uint8Array, name: string): string {
  return decoded(bytes, name).replaceAll(/\r\n?/g, '\n');
}

function decoded(bytes: Uint8Array, name: string): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (bytes.includes(0)) {
    throw unreadable(name, 'is no text and of no kind that can be read. Send it as PDF, DOCX, XLSX or text.');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
