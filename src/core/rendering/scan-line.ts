/** An open code fence. */
export interface Fence {
  /** The run of backticks or tildes that opened it. */
  readonly marker: string;
  /** As written, with the space before it. */
  readonly info: string;
  /** Columns before the marker, after any quote marks; list markers count as columns. */
  readonly indent: number;
  /** The quote marks before it, such as `> `, or empty. */
  readonly quote: string;
  /** The indent that a closing line needs in the part where the fence was opened. */
  readonly closerIndent: number;
}

/** What the lines read so far say about the next one. */
export interface ScanState {
  readonly fence: Fence | null;
  /** Column at which the content of the innermost list item starts; 0 outside lists. */
  readonly listIndent: number;
  /** Header and delimiter row of the table that the next line may continue, or null. */
  readonly table: string | null;
  /** The last line if it may be a table's header. */
  readonly headerRow: string | null;
  /** Columns taken off each line, because this part starts inside an indented block. */
  readonly dedent: number;
}

export const START: ScanState = { fence: null, listIndent: 0, table: null, headerRow: null, dedent: 0 };

const QUOTE = /^(?: {0,3}>[ \t]?)+/;
const LIST_MARKERS = /^[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)+/;
const INDENT = /^[ \t]*/;
const FENCE_RUN = /^(`{3,}|~{3,})(.*)$/;
const DELIMITER_ROW = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;

export interface LineShape {
  readonly quote: string;
  readonly indent: number;
  /** The line without quote marks, list markers and indent. */
  readonly content: string;
  readonly listItem: boolean;
}

export function shapeOf(line: string): LineShape {
  const quote = QUOTE.exec(line)?.[0] ?? '';
  const rest = line.slice(quote.length);
  const markers = LIST_MARKERS.exec(rest)?.[0];
  const lead = markers ?? INDENT.exec(rest)?.[0] ?? '';
  return { quote, indent: lead.length, content: rest.slice(lead.length), listItem: markers !== undefined };
}

/** The marker of a line that is a fence, or starts like one so far; null for other lines. */
export function fenceRun(shape: LineShape): string | null {
  return FENCE_RUN.exec(shape.content)?.[1] ?? null;
}

/**
 * Opens at any indent: chat clients do, and models indent at will. A run longer than `maxRun` is read as text: its
 * closing line would crowd out the part.
 */
function openingFence(shape: LineShape, state: ScanState, maxRun: number): Fence | null {
  const [, marker, info] = FENCE_RUN.exec(shape.content) ?? [];
  if (marker === undefined || info === undefined || marker.length > maxRun) return null;
  if (marker.startsWith('`') && info.includes('`')) return null;
  const closerIndent = Math.max(0, shape.indent - state.dedent);
  return { marker, info: info.trimEnd(), indent: shape.indent, quote: shape.quote, closerIndent };
}

/** Whether the line closes the fence: same character, at least as long, nothing after it, at any indent. */
export function closesFence(fence: Fence, line: string): boolean {
  if (!line.includes(fence.marker)) return false;
  const shape = shapeOf(line);
  const [, run, after] = FENCE_RUN.exec(shape.content) ?? [];
  if (run === undefined || after === undefined || after.trim() !== '' || shape.listItem) return false;
  return run.startsWith(fence.marker);
}

function endsQuotedFence(fence: Fence, line: string): boolean {
  return fence.quote !== '' && !QUOTE.test(line);
}

/** A line without the first columns of its indent, as far as it has them. */
export function dedented(line: string, columns: number): string {
  let at = 0;
  while (at < columns && (line[at] === ' ' || line[at] === '\t')) at += 1;
  return line.slice(at);
}

/** The state after one whole line (without its line feed). Code is paired fence by fence, as chat clients do. */
export function scanLine(state: ScanState, line: string, maxRun: number): ScanState {
  const shown = dedented(line, state.dedent);
  if (state.fence !== null && !endsQuotedFence(state.fence, shown)) {
    return closesFence(state.fence, shown) ? { ...state, fence: null, table: null, headerRow: null } : state;
  }
  if (line.trim() === '') return { ...state, fence: null, table: null, headerRow: null };
  // Too deep to be a quote where it was written, a line may become one where it is shown.
  const shape = shapeOf(QUOTE.test(shown) ? shown : line);
  const listIndent = shape.listItem || shape.indent < state.listIndent ? shape.indent : state.listIndent;
  const dedent = line.length - line.trimStart().length < state.dedent ? 0 : state.dedent;
  const base = { ...state, listIndent, dedent, fence: null, table: null, headerRow: null };
  const fence = openingFence(shape, { ...state, dedent }, maxRun);
  if (fence !== null) return { ...base, fence };
  if (!line.includes('|')) return base;
  if (state.table !== null) return { ...base, table: state.table };
  if (state.headerRow !== null && DELIMITER_ROW.test(line)) {
    return { ...base, table: `${state.headerRow}\n${line}` };
  }
  return { ...base, headerRow: line };
}

/** Whether a line, known only up to here, may be the delimiter row of the header before it. */
export function maybeDelimiterRow(line: string): boolean {
  return /^[\s|:-]*$/.test(line);
}
