import { afterAll, beforeAll, expect } from 'vitest';
import { promise } from '../../fixtures/promise.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { ask, faithful, settled } from './conversations.ts';
import { saying } from './told-workflow.ts';

const LENGTHS = [0, 1_999, 2_001, 4_001, 40_001];

const long = saying(async function* (_context, question) {
  const text = textOf(Number(question));
  for (let at = 0; at < text.length; at += 500) yield text.slice(at, at + 500);
});

function textOf(length: number): string {
  let text = '';
  for (let word = 0; text.length < length; word += 1)
    text += word % 15 === 14 ? `w${word}.\n\n` : `w${word} `;
  return text
    .slice(0, Math.max(0, length - 1))
    .trimEnd()
    .padEnd(length, '.');
}

const letters = (texts: string[]) => texts.join('').replaceAll(/\s/g, '');

let house: RelayService;
beforeAll(async () => {
  house = await startRelayService({ workflows: [long] });
});
afterAll(() => house.close());

const cases = (['slack', 'discord'] as const).flatMap((platform) =>
  LENGTHS.map((length) => [platform, length] as const),
);

const WHOLE = 'answers of 0; 1,999; 2,001; 4,001; 40,001 characters are taken whole and without a refusal';
promise(25, WHOLE, { tries: cases.length, timeoutMs: 120_000 }, async ({ once }) => {
  const answered = async ([platform, length]: (typeof cases)[number]) => {
    const talk = ask(house, platform, String(length));
    const end = await settled(house, talk, 100_000);
    const { got, wanted } = faithful(talk, end);
    expect(got).toEqual(wanted);
    if (length > 0) expect(letters(talk.shown())).toBe(letters([textOf(length)]));
    expect(talk.calls().filter((call) => !/ ok$| 20[04] $/.test(call))).toEqual([]);
    expect(house.slack.violations).toEqual([]);
    expect(house.discord.violations).toEqual([]);
  };
  // Each of them in CI too: they are not alike.
  await Promise.all(cases.map((each) => once(() => answered(each))));
});
