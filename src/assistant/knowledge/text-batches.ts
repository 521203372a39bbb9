/** Texts of one request. OpenAI takes 2,048; servers of one's own often take 32. */
const MOST_TEXTS = 32;

/** And their bytes: OpenAI takes 300,000 tokens in a request, and no text has more tokens than bytes. */
const MOST_BYTES = 200_000;

/** Of one text: models read 8,192 tokens, and the beginning of a longer question tells what it is about. */
const MOST_BYTES_OF_A_TEXT = 8_000;

/** Texts in their order, a request each group, the longest ones cut. Pure. */
export function textBatches(texts: readonly string[]): string[][] {
  const batches: string[][] = [];
  let batch: string[] = [];
  let bytes = 0;
  for (const text of texts.map(beginningOf)) {
    const size = Buffer.byteLength(text);
    if (batch.length === MOST_TEXTS || (batch.length > 0 && bytes + size > MOST_BYTES)) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(text);
    bytes += size;
  }
  return batch.length === 0 ? batches : [...batches, batch];
}

function beginningOf(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MOST_BYTES_OF_A_TEXT) return text;
  // A character that is cut in its middle is left out.
  return bytes
    .subarray(0, MOST_BYTES_OF_A_TEXT)
    .toString()
    .replace(/\uFFFD$/u, '');
}
