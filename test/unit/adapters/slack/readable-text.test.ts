import { fc } from '../../../fixtures/fast-check.ts';
import { expect, test } from 'vitest';
import { readableText } from '../../../../src/adapters/slack/readable-text.ts';

const BOT = 'UBOT';
const names = {
  userName: (id: string) => (id === 'U1' ? 'Ada' : undefined),
  channelName: (id: string) => (id === 'C1' ? 'help' : undefined),
};
const read = (wire: string) => readableText(wire, BOT, names);

test('the mention of the bot is removed, wherever it stands', () => {
  expect(read('<@UBOT> hello')).toBe('hello');
  expect(read('<@UBOT>: hello')).toBe('hello');
  expect(read('<@UBOT|relay>, hello')).toBe('hello');
  expect(read('hey <@UBOT> what is up')).toBe('hey what is up');
  expect(read('thanks <@UBOT>')).toBe('thanks');
  expect(read('<@UBOT>')).toBe('');
});

test('other mentions become readable, by name where it is known', () => {
  expect(read('<@U1> and <@U2> and <@U3|Grace>')).toBe('@Ada and @U2 and @Grace');
  expect(read('<#C1> <#C2> <#C3|random>')).toBe('#help #C2 #random');
  expect(read('<!here> <!channel|channel> <!subteam^S1|@team> <!subteam^S2>')).toBe(
    '@here @channel @team @S2',
  );
  expect(read('<!date^1392734382^{date}|18 February>')).toBe('18 February');
});

test('a labelled link becomes a Markdown link, a bare one stays bare', () => {
  expect(read('<http://x.test/a?b=1&amp;c=2|the page>')).toBe('[the page](http://x.test/a?b=1&c=2)');
  expect(read('<http://x.test>')).toBe('http://x.test');
  expect(read('<http://x.test|http://x.test>')).toBe('http://x.test');
  expect(read('<mailto:a@x.test|a@x.test>')).toBe('a@x.test');
});

test('entities are decoded once', () => {
  expect(read('a &lt;b&gt; &amp;amp; c')).toBe('a <b> &amp; c');
  expect(read('&lt;@U1&gt; was typed')).toBe('<@U1> was typed');
});

test('null bytes and lone surrogates are cleaned', () => {
  expect(read('a\u0000b\ud800c')).toBe('ab\ufffdc');
});

test('any text of 40,000 characters is read, quickly and well-formed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => read(text).isWellFormed()),
    { numRuns: 300 },
  );
  const started = performance.now();
  for (const piece of ['<', '<@U1', '<@UBOT> ', '&amp;', 'x', '<http://x|y>', ' \t<@UBOT']) {
    read(piece.repeat(Math.ceil(40_000 / piece.length)));
  }
  expect(performance.now() - started).toBeLessThan(1_000);
});
