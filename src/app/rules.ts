import { createScriptedModel } from '../assistant/scripted-model.ts';
import type { Clock } from '../core/clock.ts';
import type { IngestRules } from '../core/ingest/ingest.ts';
import type { Model } from '../core/ports.ts';
import type { RunRules } from '../workers/run/route-run.ts';
import type { AssistantConfig, Config } from './config/config.ts';

/** What an assistant does with a new message when it is not configured any more. */
const DEFAULT_STRATEGY = 'enqueue';

/** The part of the configuration that decides about messages that come in. */
export function ingestRules({ bindings, extractRules, routes, assistants }: Config): IngestRules {
  return {
    bindings,
    extractRules,
    routes,
    multitaskOf: (id) => assistants.get(id)?.multitask ?? DEFAULT_STRATEGY,
  };
}

/** The part of the configuration that decides how runs are executed. */
export function runRules({ routes, limits, assistants }: Config, clock: Clock): RunRules {
  return {
    routes,
    maxAttempts: limits.attempts,
    maxMessageCharacters: limits.maxMessageCharacters,
    assistant(id) {
      const assistant = assistants.get(id);
      if (assistant === undefined) return null;
      const { name, instructions } = assistant;
      return { profile: { id, name, instructions }, model: modelOf(assistant, clock) };
    },
  };
}

function modelOf(assistant: AssistantConfig, clock: Clock): Model {
  switch (assistant.model.provider) {
    case 'scripted':
      return createScriptedModel(assistant.model, assistant.name, clock);
  }
}
