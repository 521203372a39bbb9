import type { z } from 'zod';
import type { AssistantView } from '../api-parts.ts';
import type { assistant } from '../schemas/assistant.ts';

export type PresentedAssistant = z.output<typeof assistant>;

/** Assistants are versioned by the configuration, which is one version to its readers. */
const VERSION = 1;

export function presentAssistant({ id, description, readAt }: AssistantView): PresentedAssistant {
  const at = readAt.toISOString();
  return {
    assistant_id: id,
    graph_id: id,
    config: {},
    context: {},
    created_at: at,
    updated_at: at,
    metadata: {},
    version: VERSION,
    name: id,
    description,
  };
}
