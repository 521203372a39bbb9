import { createEmbeddingModel } from '../../assistant/knowledge/embedding-model.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { KnowledgeSearch, KnowledgeStore } from '../../core/ports.ts';
import type { AssistantKnowledge } from '../config/to-knowledge.ts';

export type LazyKnowledgeParts = {
  stores: { knowledge: KnowledgeStore };
  clock: Clock;
  logger: Logger;
  /** The value of an environment variable. */
  keyOf: (variable: string) => string | undefined;
};

/** The search of a configuration's knowledge; its library and indexes are loaded with the first question. */
export type LazyKnowledge = (knowledge: AssistantKnowledge) => KnowledgeSearch;

/** Makes searches that share what they hold, one for each embedding model. */
export function createLazyKnowledge(parts: LazyKnowledgeParts): LazyKnowledge {
  const { stores, clock, logger, keyOf } = parts;
  const opened = new Map<string, Promise<KnowledgeSearch>>();

  async function open(embedding: AssistantKnowledge['embedding']): Promise<KnowledgeSearch> {
    const { createKnowledgeSearch } = await import('../../assistant/knowledge/knowledge-search.ts');
    return createKnowledgeSearch({
      store: stores.knowledge,
      clock,
      logger,
      ...(embedding === null ? {} : { embedding: createEmbeddingModel(embedding, keyOf) }),
    });
  }

  return ({ embedding }) => ({
    async search(...question) {
      const key = JSON.stringify(embedding);
      const search = opened.get(key) ?? open(embedding);
      opened.set(key, search);
      return (await search).search(...question);
    },
  });
}
