import type { PartContext } from './render-part.ts';
import { dedented, fenceRun, maybeDelimiterRow, type ScanState, scanLine, shapeOf } from './scan-line.ts';

export type CutKind = 'paragraph' | 'line' | 'sentence' | 'word';

export interface CutCandidate {
  readonly kind: CutKind;
  /** Offset in the whole text: everything before belongs to this part. */
  readonly at: number;
}

const SENTENCE_END = /[.!?…][)\]"'”’*_]*$|[。！？]$/u;
/** What a part must not begin with: it would be read as a fence, or it belongs to the character before it. */
const BAD_BEGINNING = /^\s*(?:[`~]|[\p{M}\u200d])/u;

/** As it was written, or as it is shown. */
function isFenceLine(line: string, { dedent }: ScanState): boolean {
  return [line, dedented(line, dedent)].some((each) => fenceRun(shapeOf(each)) !== null);
}

function lineCut(line: string, isFence: boolean, after: ScanState, rest: string): CutKind | null {
  if (line.trim() === '') return null;
  const opensHere = after.fence !== null && isFence;
  if (opensHere) return null;
  if (after.fence !== null) return BAD_BEGINNING.test(rest) ? null : 'line';
  // A heading belongs to what follows it, a table's header to its rows.
  if (/^ {0,3}#{1,6}\s/.test(line)) return null;
  const nextLine = /^\n([^\n]*)/.exec(rest)?.[1] ?? '';
  if (after.headerRow !== null && nextLine.trim() !== '' && maybeDelimiterRow(nextLine)) return null;
  if (after.table !== null && after.table.endsWith(`\n${line}`)) return null;
  return /^\n[^\S\n]*\n/.test(rest) ? 'paragraph' : 'line';
}

function cutsWithin(line: string, offset: number, inCode: boolean): CutCandidate[] {
  const cuts: CutCandidate[] = [];
  const shape = shapeOf(line);
  const contentFrom = line.length - shape.content.length;
  for (const gap of line.matchAll(/(?<=\S)\s+(?=\S)/gu)) {
    if (gap.index < contentFrom) continue;
    if (BAD_BEGINNING.test(line.slice(gap.index, gap.index + gap[0].length + 2))) continue;
    const sentence = !inCode && SENTENCE_END.test(line.slice(Math.max(0, gap.index - 8), gap.index));
    cuts.push({ kind: sentence ? 'sentence' : 'word', at: offset + gap.index });
  }
  if (inCode) return cuts;
  for (const end of line.matchAll(/[。！？](?=[^\s。！？」』）])/gu)) {
    if (BAD_BEGINNING.test(line.slice(end.index + 1, end.index + 3))) continue;
    cuts.push({ kind: 'sentence', at: offset + end.index + 1 });
  }
  return cuts;
}

/**
 * All places where the open part may end well, given the text up to and including the first character that does not
 * fit (`seen` is that text from the part's start). Lines that are fences and rows of tables are not cut within.
 */
export function cutCandidates(seen: string, context: PartContext, maxRun: number): CutCandidate[] {
  const candidates: CutCandidate[] = [];
  let state = context.state;
  let offset = 0;
  for (const line of seen.split('\n')) {
    const next = scanLine(state, offset === 0 ? context.quote + line : line, maxRun);
    const end = offset + line.length;
    const isFence = isFenceLine(line, state);
    const fixed = isFence || next.table !== null || (line.trimStart().startsWith('|') && !state.fence);
    if (!fixed) candidates.push(...cutsWithin(line, context.start + offset, next.fence !== null));
    const kind = end < seen.length ? lineCut(line, isFence, next, seen.slice(end)) : null;
    if (kind !== null) candidates.push({ kind, at: context.start + end });
    state = next;
    offset = end + 1;
  }
  return candidates;
}
