import { createOutside } from './outside-tools.ts';
import { createSandbox } from '../assistant/run-code/sandbox.ts';
import { createToolbox } from '../assistant/tools/toolbox.ts';
import type { BuiltInTool, ToolChoice } from '../assistant/tools/tool-config.ts';
import type { Tool, ToolSource } from '../assistant/tools/tool.ts';
import type { Clock, NewId } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { noTools, type RunScene, type Toolbox } from '../core/ports.ts';
import type { Stores } from '../store/index.ts';
import { type NamedTools, withApprovals } from './approved-tools.ts';
import { type Blot, createBlot } from './blot.ts';
import type { AssistantFiles } from './assistant-files.ts';
import type { AssistantConfig } from './config/config.ts';
import type { RawEnvironment } from './config/environment.ts';
import { Secret } from './config/secret.ts';
import type { LazyKnowledge } from './knowledge/lazy-knowledge.ts';

export type AssistantToolParts = {
  clock: Clock;
  newId: NewId;
  files?: Pick<AssistantFiles, 'tools'>;
  stores: Stores;
  logger: Logger;
  knowledge: LazyKnowledge;
  variables?: RawEnvironment;
};

export type AssistantTools = {
  toolbox(assistant: AssistantConfig, scene: RunScene): Toolbox;
  /** Closes the connections to servers of tools. */
  stop(): Promise<void>;
};

/** Makes a built-in tool for an assistant; loads its libraries when it is first asked. */
type MakeBuiltIn = (assistant: AssistantConfig) => Promise<Tool>;

/** Shorter values would blot out what only looks alike. */
const LEAST_SECRET = 8;

/** The tools that the configuration gives to assistants. */
export function createAssistantTools(parts: AssistantToolParts): AssistantTools {
  const { files, stores, logger, variables = {} } = parts;
  const sandbox = createSandbox();
  const outside = createOutside({ logger, variables });
  const builtIn: Partial<Record<BuiltInTool, MakeBuiltIn>> = {
    search_knowledge: async ({ knowledge }) =>
      (await import('../assistant/tools/search-knowledge.ts')).createSearchKnowledge(
        parts.knowledge(knowledge),
        knowledge.names,
      ),
    search_thread: async () => (await import('../assistant/tools/search-thread.ts')).searchThread(stores),
    remember: async () => (await import('../assistant/tools/remember.ts')).remember({ ...parts, ...stores }),
    recall: async () => (await import('../assistant/tools/recall.ts')).recall(stores),
    run_code: async () => (await import('../assistant/run-code/run-code.ts')).runCode(sandbox),
    set_metadata: async ({ metadataKeys }) =>
      (await import('../assistant/tools/set-metadata.ts')).setMetadata(metadataKeys, stores),
  };

  async function made(choice: ToolChoice, assistant: AssistantConfig): Promise<readonly Tool[]> {
    switch (choice.kind) {
      case 'built_in': {
        const tool = await builtIn[choice.name]?.(assistant);
        return tool === undefined ? [] : [tool];
      }
      case 'http':
        return [await outside.http(choice.tool)];
      case 'mcp':
        return outside.mcp(choice.server, choice.tool);
    }
  }

  return {
    toolbox(assistant, scene) {
      if (assistant.tools.length === 0 && !assistant.files) return noTools;
      const source: ToolSource = async () => {
        const tools = await Promise.all([
          ...assistant.tools.map((choice) =>
            named(
              nameOf(choice),
              made(choice, assistant).catch((error: unknown) => {
                logger.warn(
                  { err: error, assistant: assistant.name, tool: nameOf(choice) },
                  'a tool was left out',
                );
                return [];
              }),
            ),
          ),
          named('', files?.tools(assistant, scene) ?? Promise.resolve([])),
        ]);
        return withApprovals(tools, assistant.approvals);
      };
      return createToolbox(source, scene, { logger, withoutSecrets: blotOf(assistant, variables) });
    },
    async stop() {
      await Promise.all([sandbox.stop(), outside.stop()]);
    },
  };
}

async function named(entry: string, tools: Promise<readonly Tool[]>): Promise<NamedTools> {
  return { entry, tools: await tools };
}

function nameOf(choice: ToolChoice): string {
  if (choice.kind === 'built_in') return choice.name;
  if (choice.kind === 'http') return choice.tool.name;
  return `mcp:${choice.server.name}${choice.tool === null ? '' : `/${choice.tool}`}`;
}

/** Blots out what the assistant's tools are trusted with. */
function blotOf({ tools }: AssistantConfig, variables: RawEnvironment): Blot {
  const names = tools.flatMap((choice) => {
    if (choice.kind === 'built_in') return [];
    if (choice.kind === 'http') return choice.tool.secretHeaders.map(({ env }) => env);
    const { server } = choice;
    return server.kind === 'stdio' ? [...server.envFrom] : server.secretHeaders.map(({ env }) => env);
  });
  const values = [...new Set(names)].map((name) => variables[name]?.trim() ?? '');
  return createBlot(values.filter(({ length }) => length >= LEAST_SECRET).map((value) => new Secret(value)));
}
