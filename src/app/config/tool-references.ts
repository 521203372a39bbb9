import { didYouMean } from '../../core/routing/closest-name.ts';
import { mcpToolName } from '../../assistant/mcp/mcp-tool-name.ts';
import type { ConfigDocument } from './config-schema.ts';
import type { ConfigurationFault } from './configuration-error.ts';
import type { HasVariable } from './model-faults.ts';
import { knownToolNames, toToolChoice } from './to-tools.ts';
import { missingVariables } from './tool-variables.ts';
import type { YamlSource } from './yaml-source.ts';

/** What the product gives beside the tools that are listed. */
const GIVEN_UNLISTED: readonly string[] = ['search_files'];

/** Tools that are used but declared nowhere, declared under a name that is taken, or without what they need. */
export function toolFaults(
  document: ConfigDocument,
  source: YamlSource,
  hasVariable?: HasVariable,
): readonly ConfigurationFault[] {
  return [
    ...Object.keys(document.assistants).flatMap((name) => faultsOfList(name, document, source)),
    ...Object.keys(document.assistants).flatMap((name) => faultsOfSettings(name, document, source)),
    ...takenNames(document, source),
    ...(hasVariable === undefined ? [] : missingVariables(document, source, hasVariable)),
  ];
}

/** What is wrong with single entries of an assistant's list. */
function faultsOfList(
  assistant: string,
  { assistants, tools }: ConfigDocument,
  source: YamlSource,
): ConfigurationFault[] {
  const names = assistants[assistant]?.tools ?? [];
  const known = knownToolNames(tools);
  const seen = new Map<string, string>();
  return names.flatMap((name, index) => {
    const fault = (message: string) => [source.faultAt(['assistants', assistant, 'tools', index], message)];
    const choice = toToolChoice(name, tools);
    if (choice === null) {
      const hint = didYouMean(name, known) || ` Known are ${known.join(', ')}.`;
      return fault(`there is no tool "${name}".${hint}`);
    }
    if (names.indexOf(name) < index) return fault(`"${name}" is listed twice`);
    if (choice.kind === 'mcp' && choice.tool === null) return [];
    const called = choice.kind === 'mcp' ? mcpToolName(choice.server.name, choice.tool ?? '') : name;
    const first = seen.get(called);
    seen.set(called, name);
    if (first === undefined) return [];
    return fault(
      `"${name}" would be a second tool named "${called}", beside "${first}": give it another name`,
    );
  });
}

/** What an assistant's other keys say about its tools. */
function faultsOfSettings(
  assistant: string,
  { assistants }: ConfigDocument,
  source: YamlSource,
): ConfigurationFault[] {
  const {
    tools: names = [],
    metadata_keys: keys = [],
    memory = false,
    approval = {},
  } = assistants[assistant] ?? {};
  const fault = (message: string) => source.faultAt(['assistants', assistant, 'tools'], message);
  return [
    ...(names.includes('set_metadata') && keys.length === 0
      ? [fault('has set_metadata, which needs "metadata_keys": list the keys that it may set')]
      : []),
    ...names
      .filter((tool) => !memory && (tool === 'remember' || tool === 'recall'))
      .map((tool) => fault(`has ${tool}, which needs "memory: true"`)),
    ...Object.keys(approval)
      .filter((name) => !names.includes(name))
      .map((name) => {
        const hint = didYouMean(name, names) || ' List it there, or take it away here.';
        const message = `is not an entry of this assistant's "tools".${hint}`;
        return source.faultAt(['assistants', assistant, 'approval', name], message, 'key');
      }),
  ];
}

function takenNames({ tools }: ConfigDocument, source: YamlSource): ConfigurationFault[] {
  return Object.keys(tools.http)
    .filter((name) => toToolChoice(name, tools)?.kind === 'built_in' || GIVEN_UNLISTED.includes(name))
    .map((name) =>
      source.faultAt(['tools', 'http', name], 'is the name of a built-in tool: give it another', 'key'),
    );
}
