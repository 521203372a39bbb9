import { isDeepStrictEqual } from 'node:util';
import type { PresentedAssistant } from '../present/assistant.ts';

type SortKey = 'assistant_id' | 'graph_id' | 'name' | 'created_at' | 'updated_at';

export type AssistantWish = {
  graph_id?: string | undefined;
  /** Part of the name, in any case. */
  name?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
  sort_by?: SortKey | undefined;
  sort_order?: 'asc' | 'desc' | undefined;
};

/** Those that match, in the order asked for, else in that of the configuration. */
export function searchAmong(
  assistants: readonly PresentedAssistant[],
  { graph_id: graphId, name, metadata, sort_by: sortBy, sort_order: sortOrder }: AssistantWish,
): PresentedAssistant[] {
  const found = assistants.filter(
    (assistant) =>
      (graphId === undefined || assistant.graph_id === graphId) &&
      (name === undefined || assistant.name.toLowerCase().includes(name.toLowerCase())) &&
      Object.entries(metadata ?? {}).every(([key, value]) =>
        isDeepStrictEqual(assistant.metadata[key], value),
      ),
  );
  const sorted =
    sortBy === undefined
      ? found
      : found.toSorted((a, b) => (a[sortBy] < b[sortBy] ? -1 : a[sortBy] > b[sortBy] ? 1 : 0));
  return sortOrder === 'desc' ? sorted.toReversed() : sorted;
}
