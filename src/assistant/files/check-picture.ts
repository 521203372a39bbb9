/** Larger pictures are refused by models: Anthropic takes 5 MB of base64. */
const LARGEST_PICTURE = 3_750_000;
const LARGEST_PICTURE_TEXT = '3.75 MB';
/** And pictures that are longer on a side, in pixels: Anthropic refuses them, and others make them smaller. */
const LONGEST_SIDE = 8_000;

/** Why no model takes the picture, as a sentence for people; null when one does. Reads its header, and decodes nothing. */
export async function pictureProblem(name: string, bytes: Uint8Array): Promise<string | null> {
  if (bytes.length > LARGEST_PICTURE) {
    return `"${name}" is too large for a picture (over ${LARGEST_PICTURE_TEXT}). Send a smaller one.`;
  }
  const size = await sizeOf(bytes);
  if (size === null) return `"${name}" is a picture that is broken, or cut off.`;
  const { width, height } = size;
  if (Math.max(width, height) <= LONGEST_SIDE) return null;
  const [across, down, most] = [width, height, LONGEST_SIDE].map((pixels) => pixels.toLocaleString('en'));
  return `"${name}" is too large for a picture (${across} × ${down} pixels, and ${most} a side can be shown). Send a smaller one.`;
}

async function sizeOf(bytes: Uint8Array): Promise<{ width: number; height: number } | null> {
  const { imageSize } = await import('image-size');
  try {
    const { width, height } = imageSize(bytes);
    return width > 0 && height > 0 ? { width, height } : null;
  } catch {
    return null;
  }
}
