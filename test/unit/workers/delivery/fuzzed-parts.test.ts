import { fc } from '../../../fixtures/fast-check.ts';
import { expect } from 'vitest';
import { discordText } from '../../../../src/adapters/discord/format.ts';
import { markdownContent, plainContent, slackText } from '../../../../src/adapters/slack/format.ts';
import type { TextFormat } from '../../../../src/core/ports.ts';
import { sanitiseText } from '../../../../src/core/rendering/sanitise.ts';
import { createPartTexts } from '../../../../src/workers/delivery/part-texts.ts';
import { readContent as readDiscord } from '../../../fakes/discord/message-form.ts';
import { contentLimits, readContent as readSlack } from '../../../fakes/slack/content-rules.ts';
import { promise } from '../../../fixtures/promise.ts';
import { markdown } from '../../core/rendering/markdown-arbitrary.ts';

/** What the platforms check of a text; throws their refusal. */
const PLATFORMS: Record<string, { format: TextFormat; take: (text: string) => void }> = {
  slack: {
    format: slackText,
    take(text) {
      for (const content of [markdownContent(text), plainContent(text)]) {
        readSlack(content);
        expect(content.text.length).toBeLessThanOrEqual(contentLimits.updatedText);
      }
    },
  },
  discord: { format: discordText, take: (text) => expect(readDiscord({ content: text })).not.toBe('') },
};

/** Whether all letters and digits of a text are among those of its parts, in their order. */
function firstLost(text: string, parts: string[]): string | null {
  const shown = parts.join('\n');
  let at = 0;
  for (const character of text.match(/[\p{L}\p{N}\p{Extended_Pictographic}]/gu) ?? []) {
    at = shown.indexOf(character, at) + character.length;
    if (at < character.length) return character;
  }
  return null;
}

for (const [name, { format, take }] of Object.entries(PLATFORMS)) {
  const final = `${name} takes each part of fuzzed answers, and no text is lost`;
  promise(25, final, { tries: 1_000, timeoutMs: 120_000 }, async ({ count, passed }) => {
    fc.assert(
      fc.property(markdown, (text) => {
        const said = sanitiseText(text);
        const parts = createPartTexts(format).final(said);
        for (const part of parts) take(part);
        expect(firstLost(said, parts)).toBeNull();
      }),
      { numRuns: count, seed: 4 },
    );
    passed(count);
  });

  const previews = `${name} takes each preview of fuzzed answers`;
  promise(25, previews, { tries: 50, timeoutMs: 120_000 }, async ({ count, passed }) => {
    fc.assert(
      fc.property(markdown, fc.integer({ min: 40, max: 400 }), (text, step) => {
        const texts = createPartTexts(format);
        const said = sanitiseText(text);
        for (let at = 0; at < said.length; at += step) {
          texts.append(said.slice(at, at + step));
          for (const part of texts.preview()) take(part);
        }
      }),
      { numRuns: count, seed: 4 },
    );
    passed(count);
  });
}
