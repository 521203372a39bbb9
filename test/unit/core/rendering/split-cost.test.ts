import { describe, expect, it } from 'vitest';
import { createPartSplitter } from '../../../../src/core/rendering/split-parts.ts';

function textOf(length: number): string {
  const block =
    'Some prose with a few words, then code.\n\n```ts\nconst a = 1;\nconst b = [1, 2, 3];\n```\n\n- item\n';
  return block.repeat(Math.ceil(length / block.length)).slice(0, length);
}

/** Characters handed to `measure` while a text streams in chunks of 4, its parts read after each. */
function measured(length: number, max: number): number {
  let characters = 0;
  const splitter = createPartSplitter({
    max,
    measure: (text) => {
      characters += text.length;
      return text.length;
    },
  });
  const text = textOf(length);
  for (let at = 0; at < length; at += 4) {
    splitter.append(text.slice(at, at + 4));
    splitter.parts();
  }
  return characters;
}

describe('the cost of splitting a stream', () => {
  it('grows with the length of the text, not with its square: only the open part is rendered again', () => {
    const single = measured(10_000, 500);
    const fourfold = measured(40_000, 500);
    expect(fourfold / single).toBeLessThan(4.5);
    expect(fourfold).toBeLessThan(10_000 * 500 * 1.1);
  });
});
