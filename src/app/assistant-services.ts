import { createPromptBuilder } from '../assistant/prompt/prompt-builder.ts';
import { createScriptedModel } from '../assistant/scripted-model.ts';
import type { Clock } from '../core/clock.ts';
import { ThreadrelayError } from '../core/errors.ts';
import { type Model, noTools, type PromptBuilder, type RunScene, type Toolbox } from '../core/ports.ts';
import type { RouteInput } from '../core/routing/route.ts';
import type { AssistantConfig } from './config/config.ts';

/** Makes what an assistant of the configuration answers with. */
export type AssistantServices = {
  model(assistant: AssistantConfig, scene: RunScene, question: RouteInput): Model;
  prompt(assistant: AssistantConfig): PromptBuilder;
  toolbox(assistant: AssistantConfig, scene: RunScene): Toolbox;
};

export function createAssistantServices({ clock }: { clock: Clock }): AssistantServices {
  return {
    model({ name, model }) {
      switch (model.provider) {
        case 'scripted':
          return createScriptedModel(model, name, clock);
        case 'offline':
        case 'hosted':
          throw new ThreadrelayError('invalid_configuration', `The model of "${name}" is not built yet.`);
      }
    },
    prompt: () => createPromptBuilder({ sources: [] }),
    toolbox: () => noTools,
  };
}
