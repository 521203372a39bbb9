import { createHostedModel } from '../assistant/models/hosted-model.ts';
import { createModelOpener } from '../assistant/models/open-model.ts';
import { createResting } from '../assistant/models/resting.ts';
import { createScriptedModel } from '../assistant/scripted-model.ts';
import type { Clock, NewId } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Platform } from '../core/origin.ts';
import type { AttachmentFetcher, Model, PromptBuilder, RunFiles, RunScene, Toolbox } from '../core/ports.ts';
import type { RouteInput } from '../core/routing/route.ts';
import type { Stores } from '../store/index.ts';
import { createAssistantFiles } from './assistant-files.ts';
import { createAssistantTools } from './assistant-tools.ts';
import type { AssistantConfig } from './config/config.ts';
import type { RawEnvironment } from './config/environment.ts';
import { createLazyKnowledge } from './knowledge/lazy-knowledge.ts';
import { offlineModelOf } from './offline-model.ts';
import { promptOf } from './assistant-prompt.ts';

/** Makes what an assistant of the configuration answers with. */
export type AssistantServices = {
  model(assistant: AssistantConfig, scene: RunScene, question: RouteInput): Model;
  prompt(assistant: AssistantConfig): PromptBuilder;
  files(assistant: AssistantConfig): RunFiles;
  toolbox(assistant: AssistantConfig, scene: RunScene): Toolbox;
  /** Ends what assistants have opened. */
  stop(): Promise<void>;
};

export type AssistantServiceParts = {
  clock: Clock;
  newId: NewId;
  /** What people attach is fetched by these. */
  attachments?: ReadonlyMap<Platform, AttachmentFetcher>;
  stores: Stores;
  logger: Logger;
  /** Of the environment, for what the configuration names. */
  variables?: RawEnvironment;
};

export function createAssistantServices(parts: AssistantServiceParts): AssistantServices {
  const { clock } = parts;
  const files = createAssistantFiles(parts);
  const keyOf = (variable: string) => parts.variables?.[variable]?.trim();
  const hosted = {
    ...parts,
    open: createModelOpener(keyOf),
    resting: createResting(clock.now),
    random: Math.random,
  };
  const knowledge = createLazyKnowledge({ ...parts, keyOf });
  const tools = createAssistantTools({ ...parts, files, knowledge });
  return {
    model(assistant, scene, question) {
      const { name, model } = assistant;
      switch (model.provider) {
        case 'scripted':
          return createScriptedModel(model, name, clock);
        case 'hosted':
          return createHostedModel(model, question, {
            ...hosted,
            about: { runId: scene.run.id, threadId: scene.thread.id },
          });
        case 'offline':
          return offlineModelOf(assistant, scene, { ...parts, knowledge });
      }
    },
    prompt: (assistant) => promptOf(assistant, { ...parts, files }),
    files: (assistant) => files.ofRuns(assistant),
    toolbox: tools.toolbox,
    async stop() {
      await Promise.all([files.stop(), tools.stop()]);
    },
  };
}
