import type { DocumentKind } from '../../core/ports.ts';
import type { KnowledgeChunk, KnowledgeDocument } from '../../core/knowledge/knowledge.ts';

/** Kinds whose pages are shown with an anchor at each heading. */
const ANCHORED: ReadonlySet<DocumentKind> = new Set(['markdown']);

/** Where a passage can be read: the document's link, with the anchor that Markdown viewers give its heading. */
export function linkTo(
  { link, kind }: Pick<KnowledgeDocument, 'link' | 'kind'>,
  { heading }: Pick<KnowledgeChunk, 'heading'>,
): string | null {
  if (link === null || heading === '' || !ANCHORED.has(kind) || link.includes('#')) return link;
  const last = heading.split(' › ').at(-1) ?? '';
  const anchor = last
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
  return anchor === '' ? link : `${link}#${anchor}`;
}
