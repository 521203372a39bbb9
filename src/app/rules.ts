import type { IngestRules } from '../core/ingest/ingest.ts';
import type { RunRules } from '../workers/run/route-run.ts';
import type { AssistantServices } from './assistant-services.ts';
import { assistantVersion } from './config/assistant-version.ts';
import type { Config } from './config/config.ts';

/** What an assistant does with a new message when it is not configured any more. */
const DEFAULT_STRATEGY = 'enqueue';

/** The part of the configuration that decides about messages that come in. */
export function ingestRules({ bindings, extractRules, routes, assistants, limits }: Config): IngestRules {
  return {
    bindings,
    extractRules,
    routes,
    multitaskOf: (id) => assistants.get(id)?.multitask ?? DEFAULT_STRATEGY,
    pace: limits.pace,
  };
}

/** The part of the configuration that decides how runs are executed. */
/** @param services What assistants use beside their model. */
export function runRules({ routes, limits, assistants }: Config, services: AssistantServices): RunRules {
  return {
    routes,
    maxAttempts: limits.attempts,
    maxMessageCharacters: limits.maxMessageCharacters,
    assistant(id) {
      const assistant = assistants.get(id);
      if (assistant === undefined) return null;
      const { name, instructions, maxSteps } = assistant;
      return {
        profile: { id, name, instructions, maxSteps },
        version: assistantVersion(assistant),
        model: (scene, question) => services.model(assistant, scene, question),
        prompt: services.prompt(assistant),
        files: services.files(assistant),
        toolbox: (scene) => services.toolbox(assistant, scene),
      };
    },
  };
}
