import { fc } from '../../../fixtures/fast-check.ts';
import { describe, expect, it, vi } from 'vitest';
import { createPartSplitter, type Part, splitParts } from '../../../../src/core/rendering/split-parts.ts';
import { type PartLimit, limitOf } from '../../../../src/core/rendering/text-format.ts';
import { chunkedMarkdown, markdown } from './markdown-arbitrary.ts';

const FULL = process.env['FULL'] === '1';
const RUNS = FULL ? 10_000 : 1_000;
vi.setConfig({ testTimeout: FULL ? 300_000 : 30_000 });

const escaping = limitOf({
  limit: 300,
  format: (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;'),
});
const limits = fc.oneof(
  fc.integer({ min: 60, max: 500 }).map((max): PartLimit => ({ max })),
  fc.constant<PartLimit>({ max: 2_000 }),
  fc.constant(escaping),
);

/** White space, or the end of a fence that a cut has closed already and that shows nothing of its own. */
const CLOSED_BEFORE = /^(?:> ?)?(?:`{3,}|~{3,})?$/;

function lengthOf(text: string, limit: PartLimit): number {
  return limit.measure?.(text) ?? text.length;
}

function detailed(text: string, limit: PartLimit): readonly Part[] {
  const splitter = createPartSplitter(limit);
  splitter.append(text);
  return splitter.parts();
}

/**
 * Written apart from the splitter: reads fences as a chat client does, one opening line, one closing line. Runs longer
 * than an eighth of the limit are promised to be text.
 */
function openFence(text: string, longestRun: number): string | null {
  let open: { marker: string; quoted: boolean } | null = null;
  for (const line of text.split('\n')) {
    const quoted = /^ {0,3}>/.test(line);
    const bare = line.replace(/^( {0,3}>[ \t]?)+/, '');
    if (open?.quoted && !quoted) open = null;
    if (open === null) {
      const found = /^[ \t]*((?:[-*+]|\d+[.)])[ \t]+)*(`{3,}(?=[^`]*$)|~{3,})/.exec(bare);
      if (found?.[2] !== undefined && found[2].length <= longestRun) open = { marker: found[2], quoted };
    } else {
      const run = /^[ \t]*(`{3,}|~{3,})[ \t]*$/.exec(bare)?.[1];
      if (run?.startsWith(open.marker)) open = null;
    }
  }
  return open?.marker ?? null;
}

describe('splitting an answer into parts', () => {
  it.each([
    [0, 0],
    [1_999, 1],
    [2_000, 1],
    [2_001, 2],
    [4_001, 3],
    [40_001, 21],
  ])('a word of %i characters makes %i parts of at most 2,000', (length, count) => {
    const text = 'a'.repeat(length);
    const parts = splitParts(text, { max: 2_000 });
    expect(parts).toHaveLength(count);
    expect(parts.join('')).toBe(text);
  });

  it('no part is blank or longer than the limit', () => {
    fc.assert(
      fc.property(markdown, limits, (text, limit) => {
        for (const part of splitParts(text, limit)) {
          expect(part.trim()).not.toBe('');
          expect(lengthOf(part, limit)).toBeLessThanOrEqual(limit.max);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('even a format that lengthens unfinished Markdown keeps every part within the limit', () => {
    const format = (text: string) =>
      (text.match(/\*/g)?.length ?? 0) % 2 === 1 ? `${text}${'!'.repeat(40)}` : text;
    const limit = limitOf({ limit: 300, format });
    fc.assert(
      fc.property(markdown, (text) => {
        for (const part of splitParts(text, limit)) expect(format(part).length).toBeLessThanOrEqual(300);
      }),
      { numRuns: RUNS / 2 },
    );
  });

  it('no text is lost: between the pieces that parts show there is only white space', () => {
    fc.assert(
      fc.property(markdown, limits, (text, limit) => {
        let at = 0;
        for (const { start, end, text: shown } of detailed(text, limit)) {
          expect(text.slice(at, start).trim()).toMatch(CLOSED_BEFORE);
          const letters = text.slice(start, end).replace(/[^a-zA-Z0-9]/g, '');
          expect(shown.replace(/[^a-zA-Z0-9]/g, '')).toContain(letters);
          at = end;
        }
        expect(text.slice(at).trim()).toMatch(CLOSED_BEFORE);
      }),
      { numRuns: RUNS },
    );
  });

  it('every code fence that a part opens it closes', () => {
    fc.assert(
      fc.property(markdown, limits, (text, limit) => {
        for (const part of splitParts(text, limit)) expect(openFence(part, limit.max / 8)).toBeNull();
      }),
      { numRuns: RUNS },
    );
  });

  it('a quote that was too deep to be one is closed where taking off its indent makes it one', () => {
    const text = `- ${'x'.repeat(50)}\n\n     > \`\`\`\n> ~~~ x\n> ${'y '.repeat(12)}`;
    const parts = splitParts(text, { max: 60 });
    expect(parts).toEqual([
      `- ${'x'.repeat(50)}`,
      `> \`\`\`\n> ~~~ x\n> ${'y '.repeat(12).trim()}\n> \`\`\``,
    ]);
  });

  it('all parts but the last stay as they are when text is appended', () => {
    fc.assert(
      fc.property(markdown, markdown, limits, fc.nat(), (before, after, limit, cut) => {
        const whole = before + after;
        const shorter = whole.slice(0, cut % (whole.length + 1)).replace(/[\ud800-\udbff]$/, '');
        const settled = splitParts(shorter, limit).slice(0, -1);
        expect(splitParts(whole, limit).slice(0, settled.length)).toEqual(settled);
      }),
      { numRuns: RUNS },
    );
  });

  it('the parts of a stream are those of its whole text, however it was chunked and read', () => {
    fc.assert(
      fc.property(
        chunkedMarkdown,
        limits,
        fc.integer({ min: 1, max: 9 }),
        ({ text, chunks }, limit, every) => {
          const splitter = createPartSplitter(limit);
          chunks.forEach((chunk, index) => {
            splitter.append(chunk);
            if (index % every === 0) splitter.parts();
          });
          expect(splitter.parts()).toEqual(detailed(text, limit));
        },
      ),
      { numRuns: RUNS / 2 },
    );
  });

  it('a part that is full is cut the same whether the rest of the text is known or only its next character', () => {
    const short = markdown.map((text) => text.slice(0, 500).replace(/[\ud800-\udbff]$/, ''));
    const lines = fc
      .array(
        fc.constantFrom(
          '```',
          '~~~',
          '`',
          'aa',
          'aa bb. ',
          '\n',
          '\n\n',
          '```js',
          '``` `',
          '> ',
          '|',
          '-|-',
          '    ',
        ),
        {
          minLength: 20,
          maxLength: 120,
        },
      )
      .map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.oneof(short, lines), fc.integer({ min: 40, max: 100 }), (text, max) => {
        const splitter = createPartSplitter({ max });
        for (const unit of text) {
          splitter.append(unit);
          splitter.parts();
        }
        expect(splitter.parts()).toEqual(detailed(text, { max }));
      }),
      { numRuns: RUNS / 2 },
    );
  });

  it('a line that looks like a fence until a backtick comes leaves the cut where it was', () => {
    for (let lead = 0; lead < 80; lead += 1) {
      const text = `${'a'.repeat(lead)}\n\`\`\`b\` c d e f g h`;
      const splitter = createPartSplitter({ max: 40 });
      for (const unit of text) {
        splitter.append(unit);
        splitter.parts();
      }
      expect(splitter.parts()).toEqual(detailed(text, { max: 40 }));
    }
  });

  it('a character as people see it is never cut, whether a family, a flag or a skin tone', () => {
    const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
    for (const emoji of ['👨‍👩‍👧‍👦', '🇩🇪', '👍🏽', 'é', '🏴󠁧󠁢󠁥󠁮󠁧󠁿']) {
      for (let lead = 0; lead < 12; lead += 1) {
        const text = 'a'.repeat(lead) + emoji.repeat(200);
        const shown = splitParts(text, { max: 100 }).flatMap((part) => [...segmenter.segment(part)]);
        expect(new Set(shown.map(({ segment }) => segment))).toEqual(
          new Set(lead === 0 ? [emoji] : ['a', emoji]),
        );
      }
    }
  });

  it('code cut in two is closed and opened again with its info string', () => {
    const code = Array.from({ length: 10 }, (_, n) => `const value${n} = ${n};`).join('\n');
    const parts = splitParts(`Look:\n\n\`\`\`\`ts\n${code}\n\`\`\`\`\nDone.`, { max: 120 });
    expect(parts.length).toBeGreaterThan(1);
    expect(parts[0]).toMatch(/\n````$/);
    expect(parts[1]).toMatch(/^````ts\nconst/);
    expect(parts.at(-1)).toMatch(/````\nDone\.$/);
  });

  it('code within a nested list goes on without the indent of the list', () => {
    const text =
      '1. a\n   - b\n     ```py\n     def f():\n         return 1\n     x = 2\n     yyyyyyyyyyy = 3\n     ```\n     c';
    const [first, second] = splitParts(text, { max: 66 });
    expect(first).toBe('1. a\n   - b\n     ```py\n     def f():\n         return 1\n     ```');
    expect(second).toBe('```py\nx = 2\nyyyyyyyyyyy = 3\n```\nc');
  });

  it('a table is cut between rows and its header repeated', () => {
    const rows = Array.from({ length: 12 }, (_, n) => `| ${n} | some value |`);
    const parts = splitParts(`| n | v |\n|---|---|\n${rows.join('\n')}`, { max: 120 });
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts)
      expect(part).toMatch(/^\| n \| v \|\n\|---\|---\|\n(\| \d+ \| some value \|\n?)+$/);
  });

  it('a paragraph that does not fit begins the next part, and a heading stays with its text', () => {
    const text = `${'First. '.repeat(10).trim()}\n\n## Title\n\n${'Second. '.repeat(8).trim()}`;
    const parts = splitParts(text, { max: 100 });
    expect(parts[0]).toBe('First. '.repeat(10).trim());
    expect(parts[1]).toMatch(/^## Title\n\nSecond\./);
  });

  it('a limit with no room for anything is refused', () => {
    expect(() => splitParts('a', { max: 3 })).toThrow(RangeError);
    expect(() => splitParts('a', { max: Number.NaN })).toThrow(RangeError);
  });
});
