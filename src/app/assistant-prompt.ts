import { memorySource } from '../assistant/memory/memory-source.ts';
import { createPromptBuilder } from '../assistant/prompt/prompt-builder.ts';
import { summariseBySentences, summariseWith } from '../assistant/prompt/summarise.ts';
import type { Logger } from '../core/logger.ts';
import type { PromptBuilder, PromptSource } from '../core/ports.ts';
import type { Stores } from '../store/index.ts';
import type { AssistantFiles } from './assistant-files.ts';
import type { AssistantConfig } from './config/config.ts';

/** What builds the prompts of an assistant. */
export function promptOf(
  assistant: AssistantConfig,
  { stores, logger, files }: { stores: Stores; logger: Logger; files: AssistantFiles },
): PromptBuilder {
  const { name, model } = assistant;
  const sources: PromptSource[] = [
    ...(assistant.memory ? [memorySource(stores)] : []),
    ...files.sources(assistant),
  ];
  const common = { sources, threads: stores.longThreads, messages: stores.messages, logger };
  const builder =
    model.provider === 'hosted'
      ? createPromptBuilder({ ...common, ...model, summarise: summariseWith, summariser: name })
      : createPromptBuilder({
          ...common,
          contextTokens: null,
          maxOutputTokens: null,
          summarise: () => summariseBySentences,
          summariser: null,
        });
  return files.showing(assistant, builder);
}
