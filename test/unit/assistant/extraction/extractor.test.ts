import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { extractText } from '../../../../src/assistant/extraction/extract-text.ts';
import {
  createExtractor,
  type Extractor,
  type ExtractorOptions,
} from '../../../../src/assistant/extraction/extractor.ts';
import { endlessPdf } from '../../../fixtures/endless-pdf.ts';
import { docx, pdf, xlsx } from '../../../fixtures/office-files.ts';
import { ticksDuring } from '../../../fixtures/ticks.ts';

const extractors: Extractor[] = [];
afterEach(async () => {
  await Promise.all(extractors.splice(0).map(({ stop }) => stop()));
});

function extractorOf(options: Partial<ExtractorOptions> = {}): Extractor {
  const extractor = createExtractor({ timeLimitMs: 60_000, ...options });
  extractors.push(extractor);
  return extractor;
}

const fileOf = (name: string, bytes: Uint8Array | string) => ({
  name,
  mediaType: null,
  bytes: typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes,
});

const page = `<!doctype html><html><head><title>Bills</title></head><body><h1>Bills</h1><p>Monthly.</p></body></html>`;

test('documents are read in a process of their own as they are read here, and refused with the same sentence', {
  timeout: 60_000,
}, async () => {
  const { extract } = extractorOf();
  const files = [
    fileOf('a.pdf', pdf(['One.', 'Two.'])),
    fileOf('a.docx', docx('Refunds', ['Within 30 days.'])),
    fileOf('a.xlsx', xlsx('Prices', [['Plan', 5]])),
    fileOf('a.html', page),
    fileOf('long.csv', 'Plan,Price\nSmall,5\n'.repeat(10_000)),
    fileOf('a.md', '# Plans\n\nTwo.'),
  ];
  for (const file of files) expect(await extract(file)).toEqual(await extractText(file));

  for (const file of [fileOf('a.html', ''), fileOf('scan.pdf', pdf([''])), fileOf('a.pdf', '%PDF-1.4\nno')]) {
    const { code, message } = await extractText(file).catch((error) => error);
    await expect(extract(file)).rejects.toMatchObject({ name: 'ThreadrelayError', code, message });
  }
});

test('a document that is long to read does not hold up the event loop', async () => {
  const { extract } = extractorOf();
  const file = fileOf('long.docx', docx('Long', Array(6_000).fill('The quick brown fox jumps.')));
  // Loads the libraries.
  await extractText(fileOf('short.docx', docx('Short', ['The fox.'])));
  const here = await ticksDuring(() => extractText(file));

  const apart = await ticksDuring(() => extract(file));

  expect(apart).toBeGreaterThan(10 * here);
});

test('a document without an end is refused as one that takes too long, and holds up nothing', async () => {
  const timeLimitMs = 1_500;
  const lost: string[] = [];
  const { extract } = extractorOf({ timeLimitMs, onLost: (how, { name }) => lost.push(`${name}: ${how}`) });
  const undisturbed = await ticksDuring(() => pause(timeLimitMs));

  const ticks = await ticksDuring(() =>
    expect(extract(fileOf('trap.pdf', endlessPdf()))).rejects.toMatchObject({
      code: 'invalid_input',
      message: '"trap.pdf" takes too long to read. Send a part of it.',
    }),
  );

  // A tenth, because it takes one of the machine's processors.
  expect(ticks).toBeGreaterThan(undisturbed / 10);
  expect(lost).toEqual(['trap.pdf: too_slow']);
});

test('a document that takes too much memory is refused as one that is too large, and the next one is read', async () => {
  const { extract } = extractorOf({ heapMb: 48 });
  const file = fileOf('huge.docx', docx('Huge', Array(40_000).fill('The quick brown fox jumps.')));

  await expect(extract(file)).rejects.toMatchObject({
    code: 'invalid_input',
    message: '"huge.docx" is too large to read: it takes too much memory. Send a part of it.',
  });
  expect((await extract(fileOf('a.pdf', pdf(['One.'])))).text).toBe('One.');
});

test('reading ends when nobody waits for it any more', async () => {
  const lost: string[] = [];
  const { extract } = extractorOf({ onLost: (how) => lost.push(how) });
  const run = new AbortController();
  const reading = [1, 2, 3].map((index) => extract(fileOf(`${index}.pdf`, endlessPdf()), run.signal));

  setImmediate(() => run.abort(new Error('the run was cancelled')));

  for (const each of reading) await expect(each).rejects.toThrow('the run was cancelled');
  expect((await extract(fileOf('a.pdf', pdf(['One.'])))).text).toBe('One.');
  expect(lost).toEqual([]);
});
