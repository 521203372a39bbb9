import type { ModelReference, ProviderConfig } from '../../assistant/models/hosted-model-config.ts';
import type { BuiltInTool } from '../../assistant/tools/tool-config.ts';
import { splitReference } from './to-model.ts';

/** What an assistant looks into. */
export type AssistantKnowledge = {
  readonly names: readonly string[];
  /** The model whose vectors passages have; null: they are found by their words alone. */
  readonly embedding: ModelReference | null;
};

/** An embedding model's provider must have been checked. */
export function toEmbedding(
  embedding: string | undefined,
  providers: readonly ProviderConfig[],
): ModelReference | null {
  if (embedding === undefined) return null;
  const { provider: providerName, name } = splitReference(embedding);
  const provider = providers.find((each) => each.name === providerName);
  return provider === undefined ? null : { provider, name };
}

/**
 * Who has knowledge may look into it, and who has a memory may use it, whether the tools are listed or not. Without a memory
 * its tools are none, also where they are listed.
 */
export function toolsWith({
  tools,
  knowledge,
  memory,
}: {
  readonly tools: readonly string[];
  readonly knowledge: readonly string[];
  readonly memory: boolean;
}): readonly string[] {
  const given = [...(knowledge.length === 0 ? [] : [SEARCH_KNOWLEDGE]), ...(memory ? OF_MEMORY : [])];
  const without: readonly string[] = memory ? [] : OF_MEMORY;
  return [...new Set([...tools.filter((tool) => !without.includes(tool)), ...given])];
}

const SEARCH_KNOWLEDGE: BuiltInTool = 'search_knowledge';
const OF_MEMORY: readonly BuiltInTool[] = ['remember', 'recall'];
