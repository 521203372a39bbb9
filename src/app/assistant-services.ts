import { createHostedModel } from '../assistant/models/hosted-model.ts';
import { createModelOpener } from '../assistant/models/open-model.ts';
import { createScriptedModel } from '../assistant/scripted-model.ts';
import type { Clock } from '../core/clock.ts';
import { ThreadrelayError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Model, PromptBuilder, RunScene, Toolbox } from '../core/ports.ts';
import type { RouteInput } from '../core/routing/route.ts';
import type { Stores } from '../store/index.ts';
import { createAssistantTools } from './assistant-tools.ts';
import type { AssistantConfig } from './config/config.ts';
import type { RawEnvironment } from './config/environment.ts';
import { promptOf } from './assistant-prompt.ts';

/** Makes what an assistant of the configuration answers with. */
export type AssistantServices = {
  model(assistant: AssistantConfig, scene: RunScene, question: RouteInput): Model;
  prompt(assistant: AssistantConfig): PromptBuilder;
  toolbox(assistant: AssistantConfig, scene: RunScene): Toolbox;
  /** Ends what assistants have opened. */
  stop(): Promise<void>;
};

export type AssistantServiceParts = {
  clock: Clock;
  stores: Stores;
  logger: Logger;
  /** Of the environment, for what the configuration names. */
  variables?: RawEnvironment;
};

export function createAssistantServices(parts: AssistantServiceParts): AssistantServices {
  const { clock } = parts;
  const tools = createAssistantTools(parts);
  const openModel = createModelOpener((variable) => parts.variables?.[variable]?.trim());
  return {
    model({ name, model }, _scene, question) {
      switch (model.provider) {
        case 'scripted':
          return createScriptedModel(model, name, clock);
        case 'hosted':
          return createHostedModel(model, question, { ...parts, open: openModel, random: Math.random });
        case 'offline':
          throw new ThreadrelayError('invalid_configuration', `The model of "${name}" is not built yet.`);
      }
    },
    prompt: (assistant) => promptOf(assistant, parts),
    toolbox: tools.toolbox,
    stop: tools.stop,
  };
}
