import {
  closesFence,
  dedented,
  type Fence,
  fenceRun,
  type ScanState,
  scanLine,
  shapeOf,
} from './scan-line.ts';

/** Where a part begins and what it must repeat to be Markdown of its own. */
export interface PartContext {
  /** Offset in the whole text. */
  readonly start: number;
  readonly state: ScanState;
  /** Written before the part's own text: an opening fence, a table's header, quote marks. */
  readonly prefix: string;
  /** The end of `prefix` that belongs to the first line, cut in the middle of a quote; else empty. */
  readonly quote: string;
}

export interface RenderedPart {
  /** Prefix and body, without white space at the end and without a closing fence. Empty: nothing to show. */
  readonly text: string;
  /** Closes the fence that is open at the end; empty if none is. */
  readonly closer: string;
  /** The longest closer that any prefix of this body has needed or might have needed. Only ever grows with the body. */
  readonly reserve: string;
  readonly state: ScanState;
}

/** The longest run of backticks or tildes still read as a fence. */
export function maxRunFor(max: number): number {
  return Math.max(3, Math.floor(max / 8));
}

function closerOf(fence: Fence): string {
  return `\n${fence.quote}${' '.repeat(fence.closerIndent)}${fence.marker}`;
}

/** What a closer may come to once this line, perhaps still growing, has been read. */
function closerOfLookalike(line: string, maxRun: number): string {
  if (!line.includes('```') && !line.includes('~~~')) return '';
  const shape = shapeOf(line);
  const run = fenceRun(shape);
  if (run === null) return '';
  return `\n${shape.quote}${' '.repeat(shape.indent)}${run.slice(0, maxRun)}`;
}

const longer = (a: string, b: string): string => (b.length > a.length ? b : a);

/**
 * Renders the piece of text that a part holds. The text of a longer body starts with the text of a shorter one, and
 * the reserve never shrinks, so the part's length grows with its body: the splitter may search it by halving.
 */
export function renderPart(body: string, context: PartContext, maxRun: number): RenderedPart {
  let state = context.state;
  let reserve = state.fence === null ? '' : closerOf(state.fence);
  const lines = body.trimEnd().split('\n');
  const shown: string[] = [];
  const [first] = lines;
  // The part before has closed the fence already; closing it again would show an empty block.
  const closedAtOnce = state.fence !== null && first !== undefined && closesFence(state.fence, first);
  for (const [index, line] of lines.entries()) {
    const next = scanLine(state, index === 0 ? context.quote + line : line, maxRun);
    const columns = state.fence !== null ? state.dedent : next.dedent;
    const shownLine = dedented(line, columns);
    shown.push(shownLine);
    if (state.fence === null) {
      reserve = longer(reserve, closerOfLookalike(line, maxRun));
      reserve = longer(reserve, closerOfLookalike(shownLine, maxRun));
    }
    if (next.fence !== null) reserve = longer(reserve, closerOf(next.fence));
    state = next;
  }
  const text = closedAtOnce ? shown.slice(1).join('\n') : context.prefix + shown.join('\n');
  const empty = body.trim() === '' || (closedAtOnce && text.trim() === '');
  return {
    text: empty ? '' : (closedAtOnce ? text.replace(/^(?:[^\S\n]*\n)+/, '') : text).trimEnd(),
    closer: state.fence === null ? '' : closerOf(state.fence),
    reserve,
    state,
  };
}
