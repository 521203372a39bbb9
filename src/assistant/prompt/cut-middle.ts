import { estimateTokens } from './estimate-tokens.ts';

/** The text, cut in its middle so that it takes at most so many tokens, with a note of how much is not there. Pure. */
export function cutMiddle(text: string, maxTokens: number): string {
  const tokens = estimateTokens(text);
  if (tokens <= maxTokens) return text;
  // A text may be denser at its ends than as a whole: then less of it is kept.
  for (let keep = Math.floor((text.length * maxTokens) / tokens); keep > 0; keep = Math.floor(keep * 0.8)) {
    const shortened = withoutMiddle(text, keep);
    if (estimateTokens(shortened) <= maxTokens) return shortened;
  }
  return noteOf(text.length).trim();
}

function withoutMiddle(text: string, keep: number): string {
  const head = Math.ceil(keep * 0.6);
  const start = isLowSurrogate(text, head) ? head - 1 : head;
  const tail = text.length - (keep - head);
  const end = isLowSurrogate(text, tail) ? tail + 1 : tail;
  return `${text.slice(0, start)}${noteOf(end - start)}${text.slice(end)}`;
}

function noteOf(characters: number): string {
  return `\n[… ${characters} characters left out …]\n`;
}

/** Whether a cut before this position would leave half a character. */
function isLowSurrogate(text: string, index: number): boolean {
  return /[\udc00-\udfff]/.test(text.charAt(index));
}
