import { fc } from '../../../fixtures/fast-check.ts';
import { describe, expect, it } from 'vitest';
import { previewMarkdown } from '../../../../src/core/rendering/preview.ts';
import { splitParts } from '../../../../src/core/rendering/split-parts.ts';
import { markdown } from './markdown-arbitrary.ts';

describe('previewing an unfinished answer', () => {
  it.each([
    ['so **bold', 'so **bold**'],
    ['~~gone', '~~gone~~'],
    ['see [the docs](https://exam', 'see the docs'],
    ['look ![a cat](https://exam', 'look a cat'],
    ['finished **bold** and `code`', 'finished **bold** and `code`'],
    ['20~25 and - > 3', '20~25 and - > 3'],
  ])('%j shows as %j', (part, preview) => {
    expect(previewMarkdown(part)).toBe(preview);
  });

  it('code is shown as it stands, whatever it looks like', () => {
    const part = 'x\n```js\nconst a = **b; [c\n```';
    expect(previewMarkdown(part)).toBe(part);
  });

  it('a table waits until its second row is whole, then shows row by row', () => {
    expect(previewMarkdown('Prices:\n\n| a | b')).toBe('Prices:');
    expect(previewMarkdown('Prices:\n\n| a | b |\n|--')).toBe('Prices:');
    expect(previewMarkdown('Prices:\n\n| a | b |\n|---|---|')).toBe('Prices:\n\n| a | b |\n|---|---|');
    expect(previewMarkdown('Prices:\n\n| a | b |\n|---|---|\n| 1')).toBe(
      'Prices:\n\n| a | b |\n|---|---|\n| 1 |',
    );
  });

  it('a preview is never blank and never longer than the limit', () => {
    const limit = { max: 120 };
    fc.assert(
      fc.property(markdown, (text) => {
        for (const part of splitParts(text, limit)) {
          const preview = previewMarkdown(part, limit);
          expect(preview.trim()).not.toBe('');
          expect(preview.length).toBeLessThanOrEqual(limit.max);
        }
      }),
      { numRuns: 300 },
    );
  });
});
