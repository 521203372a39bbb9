import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { checkArchive } from '../../../../src/assistant/extraction/check-archive.ts';
import { checkStreams } from '../../../../src/assistant/extraction/check-streams.ts';
import { extractText } from '../../../../src/assistant/extraction/extract-text.ts';
import { docx, pdf, xlsx } from '../../../fixtures/office-files.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const read = (name: string, bytes: Uint8Array | string, mediaType: string | null = null) =>
  extractText({ name, mediaType, bytes: typeof bytes === 'string' ? bytesOf(bytes) : bytes });
const refusal = (name: string, bytes: Uint8Array | string) =>
  read(name, bytes).then(
    () => 'read',
    ({ code, message }) => `${code}: ${message}`,
  );

test('Markdown is taken as it is, and its first heading is its title', async () => {
  expect(await read('a.md', '\r\n# Plans\r\n\r\nTwo.')).toEqual({
    kind: 'markdown',
    title: 'Plans',
    text: '\n# Plans\n\nTwo.',
  });
});

test('of a page the article is taken as Markdown, without menus, scripts and footers', async () => {
  const text = 'Invoices are sent on the first day of each month. '.repeat(10);
  const page = `<!doctype html><html><head><title>Billing</title><script>steal()</script></head><body><nav>Home</nav>
    <article><h2>Invoices</h2><p>${text}<a href="https://x.test/a">more</a></p><ul><li>one</li></ul>
    <pre><code>pay --now</code></pre></article><footer>Imprint</footer></body></html>`;
  const found = await read('page', page, 'text/html; charset=utf-8');
  expect(found).toMatchObject({ kind: 'html', title: 'Billing' });
  for (const part of ['## Invoices', '[more](https://x.test/a)', '- one', '```\npay --now\n```'])
    expect(found.text).toContain(part);
  expect(found.text).not.toMatch(/steal|Home|Imprint/);
});

test('a PDF has a heading for each page', async () => {
  const found = await read('plan.pdf', pdf(['The first page.', 'The second page.']));
  expect(found.text).toBe('## Page 1\n\nThe first page.\n\n## Page 2\n\nThe second page.');
});

test('a Word document keeps its headings, whatever its name says', async () => {
  const found = await read('upload.bin', docx('Refunds', ['Within 30 days.', 'Ask us.']));
  expect(found).toEqual({
    kind: 'docx',
    title: 'Refunds',
    text: '# Refunds\n\nWithin 30 days.\n\nAsk us.',
  });
});

test('sheets and comma separated values are tables', async () => {
  const rows = [
    ['Plan', 'Price'],
    ['Small', 5],
  ];
  const table = '| Plan | Price |\n| --- | --- |\n| Small | 5 |';
  expect((await read('p.xlsx', xlsx('Prices', rows))).text).toBe(`## Prices\n\n${table}`);
  expect((await read('p.csv', 'Plan;Price\n"Small";5\n')).text).toBe(table);
});

test('old encodings are read, and code is text', async () => {
  expect((await read('a.txt', Uint8Array.from([0x4d, 0xfc, 0x6c, 0x6c]))).text).toBe('Müll');
  expect((await read('a.txt', Uint8Array.from([0xff, 0xfe, 0x41, 0]))).text).toBe('A');
  expect(await read('a.ts', 'let a = 1;')).toMatchObject({ kind: 'code', title: 'a.ts' });
});

const CFB = Uint8Array.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ...Array(600).fill(0)]);
const PNG = Uint8Array.from([
  0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1,
]);

test.each([
  ['empty.txt', '', 'is empty'],
  ['noise.dat', Uint8Array.from([1, 0, 2, 0]), 'no text'],
  ['photo.png', PNG, 'image/png, which cannot be read'],
  ['secret.docx', CFB, 'is encrypted. Save it without a password'],
  ['old.doc', CFB, 'before 2007'],
  ['broken.pdf', '%PDF-1.4\nnothing', 'is broken'],
  ['scan.pdf', pdf(['']), 'may be a scan'],
  ['quotes.csv', 'a,"b\n', 'no end'],
])('%s is refused with a sentence that says what is wrong', async (name, bytes, says) => {
  const told = await refusal(name, bytes);
  expect(told).toMatch(/^invalid_input: "/);
  expect(told).toContain(says);
});

const MEBIBYTE = 2 ** 20;
const huge = ' '.repeat(2 * MEBIBYTE);
const packed = deflateSync(huge, { level: 9 });

test('an archive that unpacks to more than is read is refused, whatever its directory says', () => {
  const bomb = docx('Bomb', [huge]);
  expect(() => checkArchive(bomb, 'bomb.docx', MEBIBYTE)).toThrow('unpacks to more than');
  const directory = Buffer.from(bomb).lastIndexOf('PK\u0001\u0002');
  const liar = Buffer.from(bomb);
  liar.writeUInt32LE(10, directory + 24);
  expect(() => checkArchive(liar, 'liar.docx', MEBIBYTE)).toThrow('unpacks to more than');
  expect(() => checkArchive(bomb, 'bomb.docx', 4 * MEBIBYTE)).not.toThrow();
});

test.each([
  ['once', packed],
  ['twice', deflateSync(packed)],
])('a PDF whose stream, packed %s, unpacks to more than is read is refused', (_, bytes) => {
  const bomb = pdf(['x'], { filter: 'FlateDecode', bytes });
  expect(() => checkStreams(bomb, 'bomb.pdf', MEBIBYTE)).toThrow('unpacks to more than');
  expect(() => checkStreams(bomb, 'bomb.pdf', 4 * MEBIBYTE)).not.toThrow();
});
