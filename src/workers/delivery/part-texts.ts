import type { TextFormat } from '../../core/ports.ts';
import { previewMarkdown } from '../../core/rendering/preview.ts';
import { createPartSplitter, type PartSplitter, splitParts } from '../../core/rendering/split-parts.ts';
import { limitOf } from '../../core/rendering/text-format.ts';

export type PartTexts = {
  append(delta: string): void;
  restart(): void;
  /** What the parts of a preview say now, as the platform takes it. */
  preview(): string[];
  /** What the parts of a whole text say. */
  final(markdown: string): string[];
};

/** Turns a growing answer into the texts of its platform messages; only the open part is rendered again. */
export function createPartTexts(format: TextFormat): PartTexts {
  const limit = limitOf(format);
  let splitter: PartSplitter = createPartSplitter(limit);
  let closed: string[] = [];
  return {
    append: (delta) => splitter.append(delta),
    restart() {
      splitter = createPartSplitter(limit);
      closed = [];
    },
    preview() {
      const parts = splitter.parts();
      for (const part of parts.slice(closed.length, -1)) closed.push(format.format(part.text));
      const open = parts.at(-1);
      return open === undefined ? [] : [...closed, format.format(previewMarkdown(open.text, limit))];
    },
    final: (markdown) => splitParts(markdown, limit).map((part) => format.format(part)),
  };
}
