import type { PromptBuilder, PromptSection, PromptSource } from '../../core/ports.ts';
import { toModelMessage } from '../../core/prompts/plain-prompt.ts';
import { readSections, withSections } from './sections.ts';

export type PromptBuilderParts = {
  /** What else the model is told, in this order, after the instructions. */
  sources: readonly PromptSource[];
};

/** Builds what is sent to a model: the assistant's instructions with the sections of its sources, and the conversation. */
export function createPromptBuilder({ sources }: PromptBuilderParts): PromptBuilder {
  return {
    async build(scene, messages, _tools, signal) {
      const sections: PromptSection[] = await readSections(sources, scene, signal);
      return {
        instructions: withSections(scene.assistant.instructions, sections),
        messages: messages.map(toModelMessage),
      };
    },
  };
}
