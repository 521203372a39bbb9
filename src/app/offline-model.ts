import { createOfflineModel } from '../assistant/offline/offline-model.ts';
import type { Clock } from '../core/clock.ts';
import type { KnowledgeStore, Model, RunScene } from '../core/ports.ts';
import type { AssistantConfig } from './config/config.ts';
import type { LazyKnowledge } from './knowledge/lazy-knowledge.ts';

/** Milliseconds between two words, so that an answer grows as that of a hosted model does. */
const WORD_MS = 40;

/** The model `offline` of an assistant, for a thread of one project. */
export function offlineModelOf(
  { knowledge }: AssistantConfig,
  { thread: { projectId } }: RunScene,
  parts: { clock: Clock; stores: { knowledge: KnowledgeStore }; knowledge: LazyKnowledge },
): Model {
  const { names } = knowledge;
  return createOfflineModel({
    delayMs: WORD_MS,
    clock: parts.clock,
    knowledge: names,
    search: (query, signal) => parts.knowledge(knowledge).search(projectId, names, query, signal),
    async isFilled() {
      const versions = await Promise.all(
        names.map((name) => parts.stores.knowledge.version({ projectId, name })),
      );
      return versions.some((version) => version > 0);
    },
  });
}
