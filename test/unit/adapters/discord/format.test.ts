import { fc } from '../../../fixtures/fast-check.ts';
import { describe, expect, it } from 'vitest';
import { discordText, formatMarkdown } from '../../../../src/adapters/discord/format.ts';

const PING = /@(everyone|here)|<@[!&]?\d+>|<#\d+>/i;

describe('formatting for Discord', () => {
  it('draws a table as aligned code', () => {
    const formatted = formatMarkdown('| a | long |\n|---|:--:|\n| **x** | y\\|z |');
    expect(formatted).toBe('```\n| a   | long |\n| --- | ---- |\n| x   | y|z  |\n```');
  });

  it('keeps headings within three levels, links images, and shows doubled bars', () => {
    expect(formatMarkdown('##### Deep')).toBe('### Deep');
    expect(formatMarkdown('![cat](https://x.test/a.png)')).toBe('[🖼 cat](https://x.test/a.png)');
    expect(formatMarkdown('a || b')).toBe('a \\|\\| b');
  });

  it('leaves code as it is', () => {
    const code = '```ts\nif (a || b) {}\n#### no heading\n```\nand `a || b`';
    expect(formatMarkdown(code)).toBe(code);
  });

  it('ends code at its first closing backtick: bars between two pieces of code are shown', () => {
    expect(formatMarkdown('`a` b || c `d`')).toBe('`a` b \\|\\| c `d`');
  });

  it('never leaves a mention standing', () => {
    const piece = fc.constantFrom(
      '@everyone',
      '@here',
      '<@1>',
      '<@!22>',
      '<@&333>',
      '<#4444>',
      '@',
      '<',
      '`',
      '\n',
      '|',
      '|---|',
      '**',
      'x',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        expect(formatMarkdown(text)).not.toMatch(PING);
      }),
    );
  });

  it('grows with its text where no table is in it, so that full parts stay', () => {
    const line = fc.constantFrom('#### T', '![a](b)', 'a || b', '@here', '<@1>', '`x`', 'w ', '\n', '```\n');
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), line, (pieces, more) => {
        const text = pieces.join('');
        expect(formatMarkdown(text + more).length).toBeGreaterThanOrEqual(formatMarkdown(text).length);
      }),
    );
  });

  it('knows the limit of a message', () => {
    expect(discordText.limit).toBe(2_000);
  });
});
