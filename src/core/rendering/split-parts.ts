import { chooseCut, graphemeCut } from './choose-cut.ts';
import { cutCandidates } from './cut-candidates.ts';
import { firstPart, partAfter, skipBlankLines } from './next-part.ts';
import { maxRunFor, type PartContext, renderPart } from './render-part.ts';
import { MIN_PART_LIMIT, type PartLimit } from './text-format.ts';

/** How much of a piece is kept when it turns out too long after all. */
const RETREAT = 0.9;

export interface Part {
  /** What to show: Markdown whose fences are closed, within the limit, never blank. */
  readonly text: string;
  /**
   * The piece of the whole text that it shows: offsets, end exclusive. Between pieces there is only white
   * space, or the end of a fence that a cut has closed already.
   */
  readonly start: number;
  readonly end: number;
}

export interface PartSplitter {
  append(chunk: string): void;
  /** The parts of all text so far. All but the last are final: later calls return them unchanged, at the same index. */
  parts(): readonly Part[];
}

/**
 * Splits growing Markdown into parts. Works from left to right; a part is cut when the first character arrives that
 * does not fit any more, and the cut depends on nothing after that character, so it is the same however the text was
 * chunked. `append` costs nothing; `parts` costs as much as the open part is long, whatever came before it.
 *
 * Half a surrogate pair at the end of the text waits for its other half and is not shown.
 * Throws RangeError if `limit.max` is under MIN_PART_LIMIT.
 */
export function createPartSplitter(limit: PartLimit): PartSplitter {
  if (!(limit.max >= MIN_PART_LIMIT)) {
    throw new RangeError(`a part needs room for at least ${MIN_PART_LIMIT} characters, got ${limit.max}`);
  }
  const { max, measure = (text: string) => text.length } = limit;
  const limits = { max, measure, maxRun: maxRunFor(max) };
  const settled: Part[] = [];
  let context = firstPart();
  /** The text from `base` on: what settled parts have shown is let go. */
  let tail = '';
  let base = 0;
  let indentDropped = false;
  /** The open part is known to fit up to here. */
  let fitsUpTo = 0;

  const render = (end: number, from: PartContext) =>
    renderPart(tail.slice(from.start, end), from, limits.maxRun);
  const fits = (end: number): boolean => {
    if (end <= fitsUpTo) return true;
    const { text, reserve, closer } = render(end, context);
    const fitting = measure(text + reserve) <= max && (closer === reserve || measure(text + closer) <= max);
    if (fitting) fitsUpTo = end;
    return fitting;
  };
  /** The longest end that fits, or null if everything up to `length` does. */
  const overflow = (length: number): number | null => {
    let low = Math.min(length, Math.max(context.start, fitsUpTo));
    let high = Math.min(length, low + max);
    while (fits(high)) {
      if (high === length) return null;
      low = high;
      high = Math.min(length, high + max);
    }
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (fits(middle)) low = middle;
      else high = middle;
    }
    return low;
  };
  const partUpTo = (end: number): Part | null => {
    const { text, closer } = render(end, context);
    if (text === '') return null;
    const shownEnd = context.start + tail.slice(context.start, end).trimEnd().length;
    return { text: text + closer, start: base + context.start, end: base + shownEnd };
  };
  const cutAt = (end: number): void => {
    const body = tail.slice(context.start, end);
    if (body !== '' && body.trim() === '') {
      // An indent longer than a part can only be dropped.
      indentDropped = true;
      context = { ...context, start: end };
      return;
    }
    const candidates = cutCandidates(tail.slice(context.start, end + 1), context, limits.maxRun);
    const at = chooseCut(candidates, context.start, end) ?? graphemeCut(tail, context.start, end);
    const part = partUpTo(at);
    if (part !== null && at - context.start > 2 && measure(part.text) > max) {
      // Only a measure that is not monotone comes here: a shorter piece is longer on the platform.
      cutAt(context.start + Math.floor((at - context.start) * RETREAT));
      return;
    }
    if (part !== null) settled.push(part);
    const next = partAfter(tail, at, context, limits);
    base += next.start;
    tail = tail.slice(next.start);
    context = { ...next, start: 0 };
    fitsUpTo = 0;
  };

  return {
    append(chunk) {
      tail += chunk;
    },
    parts() {
      for (;;) {
        const length = /[\ud800-\udbff]$/.test(tail) ? tail.length - 1 : tail.length;
        if (settled.length === 0 && !indentDropped) context = { ...context, start: skipBlankLines(tail, 0) };
        const end = overflow(length);
        if (end === null) {
          const last = partUpTo(length);
          return last === null ? [...settled] : [...settled, last];
        }
        cutAt(end);
      }
    },
  };
}

/**
 * The whole Markdown → its parts, each at most `limit.max` long and not blank; none for a blank text.
 *
 * Cut at a paragraph, else a line, else a sentence or word, and only then within one, but never within a character as
 * people see it. A code fence is closed at the cut and opened again with its info string; a table is cut between rows
 * and its header repeated. Nothing is lost but white space at the cuts.
 *
 * For any texts t and u without lone surrogates, all parts of t but its last are the first parts of t + u.
 */
export function splitParts(markdown: string, limit: PartLimit): string[] {
  const splitter = createPartSplitter(limit);
  splitter.append(markdown);
  return splitter.parts().map((part) => part.text);
}
