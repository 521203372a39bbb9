import { fc } from '../../../fixtures/fast-check.ts';
import { readFileSync } from 'node:fs';
import { encode as cl100k } from 'gpt-tokenizer/encoding/cl100k_base';
import { encode as o200k } from 'gpt-tokenizer/encoding/o200k_base';
import { expect, test } from 'vitest';
import { mostTokens } from '../../../../src/core/usage/most-tokens.ts';

const counted = (text: string) => Math.max(o200k(text).length, cl100k(text).length);
const letters = (alphabet: string, minLength: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet.split('')), minLength, maxLength: 80 });
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const BASE_64 = `${LOWER}${LOWER.toUpperCase()}0123456789+/`;

test.each([
  ['noise', fc.string({ unit: 'binary', maxLength: 60 })],
  ['characters of any script', fc.string({ unit: 'grapheme', maxLength: 60 })],
  ['ids', letters(BASE_64, 20)],
  ['hexadecimal digits', letters('0123456789abcdef', 20)],
  ['letters without sense', letters(LOWER, 30)],
  ['capitals without sense', letters(LOWER.toUpperCase(), 30)],
  ['rare letters', letters('qxzjvkw', 20)],
  [
    'short words without sense',
    fc.array(letters(LOWER, 1), { maxLength: 8 }).map((words) => words.join(' ')),
  ],
])('of %s there are never more tokens', (_, texts) => {
  fc.assert(fc.property(texts, (text) => mostTokens(text) + 1 >= counted(text)));
});

test('of prose it is at most three times what there is, and of code too', () => {
  for (const file of ['docs/architecture.md', 'src/store/settle-run.ts']) {
    const text = readFileSync(new URL(`../../../../${file}`, import.meta.url), 'utf8').slice(0, 20_000);
    const share = mostTokens(text) / counted(text);
    expect(share).toBeGreaterThan(1.2);
    expect(share).toBeLessThan(3);
  }
});
