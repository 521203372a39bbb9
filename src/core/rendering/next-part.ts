import type { PartContext } from './render-part.ts';
import { type Fence, type ScanState, scanLine, shapeOf, START } from './scan-line.ts';

/** Repeats that would fill more than this share of a part are left out. */
const PREFIX_SHARE = 0.25;

/** Past blank lines at `from`; the first line that says something keeps its indent. */
export function skipBlankLines(text: string, from: number): number {
  const blank = /(?:[^\S\n]*\n)*/y;
  blank.lastIndex = from;
  return from + (blank.exec(text)?.[0].length ?? 0);
}

function skipSpace(text: string, from: number): number {
  const space = /\s*/y;
  space.lastIndex = from;
  return from + (space.exec(text)?.[0].length ?? 0);
}

function stateAt(body: string, from: ScanState, maxRun: number): ScanState {
  return body.split('\n').reduce((state, line) => scanLine(state, line, maxRun), from);
}

function fencePrefix(fence: Fence, quote: string, fits: (prefix: string) => boolean): string {
  const full = `${fence.quote}${fence.marker}${fence.info}\n${quote}`;
  return fits(full) ? full : `${fence.quote}${fence.marker}\n${quote}`;
}

/** The first part of any text. */
export function firstPart(): PartContext {
  return { start: 0, state: START, prefix: '', quote: '' };
}

/**
 * What the part after a cut begins with. `at` is where the part before ended and `context` how that began; all white
 * space at the cut is passed over, save the indent of a line that starts the new part.
 */
export function partAfter(
  text: string,
  at: number,
  context: PartContext,
  limits: { readonly max: number; readonly measure: (text: string) => number; readonly maxRun: number },
): PartContext {
  const body = text.slice(context.start, at);
  const lineStart = skipBlankLines(text, at);
  const inLine = lineStart === at;
  const start = inLine ? skipSpace(text, at) : lineStart;
  // The line ends and blank lines passed over count: they end a quote and a table, and with a quote its fence.
  const passed = inLine ? '' : text.slice(at, lineStart - 1);
  const state = stateAt(context.quote + body + passed, context.state, limits.maxRun);
  const line = (context.quote + body).split('\n').at(-1) ?? '';
  const fits = (prefix: string) => limits.measure(prefix) <= limits.max * PREFIX_SHARE;
  const lineQuote = inLine ? shapeOf(line).quote : '';
  const quote = fits(lineQuote) ? lineQuote : '';
  if (state.fence !== null) {
    const { indent } = state.fence;
    const prefix = fencePrefix(state.fence, quote, fits);
    const fence = { ...state.fence, closerIndent: 0 };
    return { start, prefix, quote, state: { ...state, fence, dedent: fence.quote === '' ? indent : 0 } };
  }
  const indent = inLine ? 0 : skipSpace(text, start) - start;
  // In a message of its own, a list item this deep would be read as a block of code.
  const dedent = indent >= 4 && state.listIndent > 0 ? indent : 0;
  const table = inLine ? null : state.table;
  if (table !== null && fits(`${table}\n`)) {
    return { start, prefix: `${table}\n`, quote: '', state: { ...state, dedent: 0, headerRow: null } };
  }
  return { start, prefix: quote, quote, state: { ...state, dedent, table: null, headerRow: null } };
}
