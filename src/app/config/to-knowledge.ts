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

/** Who has knowledge may look into it, whether it is listed or not. */
export function toolsWith({
  tools,
  knowledge,
}: {
  readonly tools: readonly string[];
  readonly knowledge: readonly string[];
}): readonly string[] {
  return knowledge.length === 0 || tools.includes(SEARCH_KNOWLEDGE) ? tools : [...tools, SEARCH_KNOWLEDGE];
}

const SEARCH_KNOWLEDGE: BuiltInTool = 'search_knowledge';
