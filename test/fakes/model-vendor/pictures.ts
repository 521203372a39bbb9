/** What vendors say of pictures that they refuse; null for one that they take. Of PNG alone the size is looked at. */
export function pictureFault(mediaType: unknown, base64: unknown, model: unknown): string | null {
  if (String(model).startsWith('blind')) return 'image input is not supported by this model';
  if (!TAKEN.has(String(mediaType))) return `unsupported image media type: ${String(mediaType)}`;
  if (typeof base64 !== 'string' || base64 === '') return 'image: data is missing';
  if (base64.length > LARGEST_BASE64) return 'image exceeds 5 MB maximum';
  const bytes = Buffer.from(base64, 'base64');
  if (mediaType !== 'image/png') return null;
  if (!bytes.subarray(1, 4).equals(Buffer.from('PNG')) || !bytes.includes('IEND'))
    return 'Could not process image';
  const longest = Math.max(bytes.readUInt32BE(16), bytes.readUInt32BE(20));
  return longest > LONGEST_SIDE ? `image dimensions exceed max allowed size: ${LONGEST_SIDE} pixels` : null;
}

/** A picture as OpenAI's protocols take it: `data:image/png;base64,…`. */
export function dataUrlFault(url: unknown, model: unknown): string | null {
  const [, mediaType, base64] = /^data:([^;,]+);base64,(.*)$/s.exec(String(url)) ?? [];
  return pictureFault(mediaType, base64, model);
}

const TAKEN: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
const LARGEST_BASE64 = 5 * 1024 * 1024;
const LONGEST_SIDE = 8_000;
