import type { PromptSection, PromptSource, RunScene } from '../../core/ports.ts';

/** The sections of all sources, in the order of the sources. A source that fails is left out: it is no reason for no answer. */
export async function readSections(
  sources: readonly PromptSource[],
  scene: RunScene,
  signal: AbortSignal,
): Promise<PromptSection[]> {
  const read = await Promise.allSettled(sources.map((source) => source.sections(scene, signal)));
  return read.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
}

/** The instructions, followed by the sections under their titles. */
export function withSections(instructions: string, sections: readonly PromptSection[]): string {
  const parts = sections.map(({ title, text }) => `## ${title}\n\n${text}`);
  return [instructions, ...parts].filter((part) => part !== '').join('\n\n');
}
