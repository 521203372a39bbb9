import type { CutCandidate, CutKind } from './cut-candidates.ts';

/**
 * In this order: the last place of the kind that leaves the part filled to the share given. A paragraph that would
 * leave a part half empty gives way to a line, that to a sentence; inside a word only if nothing else is left.
 */
const PREFERENCES: readonly { readonly kinds: readonly CutKind[]; readonly fill: number }[] = [
  { kinds: ['paragraph'], fill: 0.5 },
  { kinds: ['line', 'paragraph'], fill: 0.5 },
  { kinds: ['sentence'], fill: 0.5 },
  { kinds: ['word', 'sentence'], fill: 0.25 },
  { kinds: ['line', 'paragraph'], fill: 0 },
  { kinds: ['word', 'sentence'], fill: 0 },
];

/** The cut for a part that begins at `start` and has room up to `end`; null if no candidate is left. */
export function chooseCut(candidates: readonly CutCandidate[], start: number, end: number): number | null {
  for (const { kinds, fill } of PREFERENCES) {
    const least = start + (end - start) * fill;
    const best = candidates.findLast(
      ({ kind, at }) => kinds.includes(kind) && at <= end && at >= least && at > start,
    );
    if (best !== undefined) return best.at;
  }
  return null;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** Longer than any emoji sequence in use; the segmenter is slow, so it sees only the neighbourhood of the cut. */
const NEIGHBOURHOOD = 256;

/**
 * The last boundary between characters as people see them, at or before `end`. Falls back to a code point's boundary
 * if one character fills everything from `start`; always past `start`.
 */
export function graphemeCut(text: string, start: number, end: number): number {
  let from = Math.max(start, end - NEIGHBOURHOOD);
  for (let at = end - 1; at > from; at -= 1) {
    if (/[\x20-\x7e\n]/.test(text[at - 1] ?? '')) {
      from = at - 1;
      break;
    }
  }
  const codePoint = String.fromCodePoint(text.codePointAt(end) ?? 0x20);
  const splitsPair = /[\udc00-\udfff]/.test(text[end] ?? '') && /[\ud800-\udbff]/.test(text[end - 1] ?? '');
  const seen = text.slice(from, end) + (splitsPair ? text[end] : codePoint);
  const boundary = from + (segmenter.segment(seen).containing(end - from)?.index ?? end - from);
  if (boundary > start) return boundary;
  const whole = splitsPair ? end - 1 : end;
  // Something must go: a limit that has no room for one code point is no limit.
  return whole > start ? whole : start + ((text.codePointAt(start) ?? 0) > 0xffff ? 2 : 1);
}
