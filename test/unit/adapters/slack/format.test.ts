import { fc } from '../../../fixtures/fast-check.ts';
import { expect, test } from 'vitest';
import { markdownContent, plainContent, slackText } from '../../../../src/adapters/slack/format.ts';

const LIVE = /<(?:[@#!])[^<>]*>|@(?:channel|here|everyone|group)\b/i;

/** What a Markdown reader makes of entities and backslashes before a mention could be looked for. */
function decode(text: string): string {
  return text
    .replace(/&lt;?|&#0*60;?|&#x0*3c;?/gi, '<')
    .replace(/&gt;?/gi, '>')
    .replace(/&commat;|&#0*64;|&#x0*40;/gi, '@')
    .replace(/&num;|&#0*35;|&#x0*23;/gi, '#')
    .replace(/&excl;|&#0*33;|&#x0*21;/gi, '!')
    .replace(/\\([@#!<>])/g, '$1');
}

const pieces = fc.constantFrom(
  '<',
  '>',
  '@',
  '#',
  '!',
  '|',
  '&lt;',
  '&#60;',
  '&#x3C;',
  '&gt;',
  '&#64;',
  '&commat;',
  '\\',
  '`',
  '```\n',
  '\u200b',
  'channel',
  'here',
  'everyone',
  'U123ABC',
  'C0AB',
  'subteam^S1',
  'date^1',
  ' ',
  '\n',
  '\u0000',
  'é',
  '**',
  '](',
);

test('no output holds a live mention, however it is spelled', () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
      const formatted = slackText.format(parts.join(''));
      expect(formatted).not.toMatch(LIVE);
      expect(decode(formatted)).not.toMatch(LIVE);
      expect(markdownContent(formatted).text).not.toMatch(LIVE);
      expect(plainContent(formatted).text).not.toMatch(LIVE);
    }),
    { numRuns: 2_000 },
  );
});

test('the mentions people try are dead, in code too', () => {
  const tries = [
    '<!channel>',
    '<!here|here>',
    '<!everyone>',
    '<@U123>',
    '<@W123|x>',
    '<#C123>',
    '<!subteam^S123|@team>',
    '@channel',
    '@here',
    '@everyone!',
    '`<!channel>`',
    '```\n<@U123>\n```',
    '&lt;!channel&gt;',
    '\\<!channel>',
    '<\\!channel>',
  ];
  for (const text of tries) expect(decode(slackText.format(text)), text).not.toMatch(LIVE);
});

test('what a reader sees stays the same', () => {
  const shown = (text: string) => slackText.format(text).replaceAll('\u200b', '');
  for (const text of [
    'a < b && c > d',
    '<!channel> @here `<@U1>`',
    '| a | b |\n|---|---|\n| 1 | 2 |',
    'vec![1]',
  ]) {
    expect(shown(text)).toBe(text);
  }
  expect(slackText.format('mail ada@example.test, List<String>, a <b>')).toBe(
    'mail ada@example.test, List<String>, a <b>',
  );
});

test('formatting is idempotent, and never shorter for more text', () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 20 }), fc.array(pieces, { maxLength: 5 }), (first, more) => {
      const formatted = slackText.format(first.join(''));
      expect(slackText.format(formatted)).toBe(formatted);
      expect(slackText.format([...first, ...more].join('')).length).toBeGreaterThanOrEqual(formatted.length);
    }),
    { numRuns: 1_000 },
  );
});

test('a part also fits where only plain text is taken', () => {
  for (const unit of ['x', '<', '&', '\u{1f600}']) {
    const formatted = unit.repeat(slackText.limit / unit.length);
    expect(plainContent(formatted).text.length).toBeLessThanOrEqual(4_000);
  }
});
