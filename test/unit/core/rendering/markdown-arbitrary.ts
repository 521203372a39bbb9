import { fc } from '../../../fixtures/fast-check.ts';

const EMOJI = ['😀', '👨‍👩‍👧‍👦', '🇩🇪', '👍🏽', '❤️‍🔥', 'é', '한', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'];
const INFO = ['', 'js', 'ts title="a.ts"', 'c++', 'sh & <x>'];

const word = fc.oneof(
  { weight: 8, arbitrary: fc.stringMatching(/^[a-zA-Z0-9&<>@,.!?*_()[\]#-]{1,12}$/) },
  { weight: 2, arbitrary: fc.constantFrom(...EMOJI) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '`a b`',
      '**bold text**',
      '[link](https://example.org/a?b=c&d)',
      '你好。世界！',
    ),
  },
  { weight: 1, arbitrary: fc.nat(400).map((n) => 'x'.repeat(n + 1)) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...EMOJI), fc.nat(60)).map(([e, n]) => e.repeat(n + 1)) },
);

const line = fc.array(word, { minLength: 1, maxLength: 30 }).map((words) => words.join(' '));
const block = fc.array(line, { minLength: 1, maxLength: 6 }).map((lines) => lines.join('\n'));

const indents = ['', '  ', '   ', '- ', '1. ', '> '];

const fence = fc
  .record({
    marker: fc.constantFrom('```', '````', '~~~', '~~~~~'),
    info: fc.constantFrom(...INFO),
    lead: fc.constantFrom(...indents),
    lines: fc.array(fc.oneof(line, fc.constantFrom('', '  indented', '``', '~~~ x', '```js inner')), {
      maxLength: 14,
    }),
    closed: fc.boolean(),
  })
  .map(({ marker, info, lead, lines, closed }) => {
    const inner = lead === '> ' ? '> ' : ' '.repeat(lead.length);
    const body = lines.map((text) => `${inner}${text}`);
    return [`${lead}${marker}${info}`, ...body, ...(closed ? [`${inner}${marker}`] : [])].join('\n');
  });

const table = fc
  .tuple(fc.integer({ min: 1, max: 12 }), line)
  .map(([rows, cell]) => `| a | b |\n|---|:-:|\n${`| 1 | ${cell.slice(0, 40)} |\n`.repeat(rows)}`);

const list = fc
  .array(fc.tuple(fc.nat(3), line), { minLength: 1, maxLength: 8 })
  .map((items) => items.map(([depth, text]) => `${'    '.repeat(depth)}- ${text}`).join('\n'));

const noise = fc.array(
  fc.constantFrom(
    '`',
    '``',
    '```',
    '~~~',
    '\n',
    '\n\n',
    ' ',
    '    ',
    '> ',
    '- ',
    'a',
    '|',
    '-',
    '😀',
    '\u200d',
  ),
  {
    maxLength: 60,
  },
);

/** Markdown as models write it and worse: fences of all kinds, unclosed ones, emoji, tables, lists, noise. */
export const markdown = fc
  .array(
    fc.tuple(
      fc.oneof(
        block,
        fence,
        fence,
        table,
        list,
        noise.map((n) => n.join('')),
      ),
      fc.constantFrom('\n', '\n\n', '\n\n\n', ' '),
    ),
    { maxLength: 12 },
  )
  .map((blocks) =>
    blocks
      .map(([text, gap]) => text + gap)
      .join('')
      .toWellFormed(),
  );

/** A text and places where a stream might have cut it into chunks. */
export const chunkedMarkdown = fc
  .tuple(markdown, fc.array(fc.nat(40), { minLength: 1, maxLength: 50 }))
  .map(([text, sizes]) => {
    const chunks: string[] = [];
    for (let at = 0, turn = 0; at < text.length; turn += 1) {
      const size = 1 + (sizes[turn % sizes.length] ?? 0);
      chunks.push(text.slice(at, at + size));
      at += size;
    }
    return { text, chunks };
  });
