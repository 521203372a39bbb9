import { didYouMean } from '../../core/routing/closest-name.ts';
import type { ConfigDocument } from './config-schema.ts';
import type { ConfigurationFault } from './configuration-error.ts';
import { knownToolNames, toToolChoice } from './to-tools.ts';
import type { YamlSource } from './yaml-source.ts';

/** Tools that are used but declared nowhere, or declared under a name that is taken. */
export function toolFaults(
  { assistants, tools }: ConfigDocument,
  source: YamlSource,
): readonly ConfigurationFault[] {
  const known = knownToolNames(tools);
  const unknown = Object.entries(assistants).flatMap(([assistant, { tools: names }]) =>
    names.flatMap((name, index) => {
      if (toToolChoice(name, tools) !== null) return [];
      const hint = didYouMean(name, known) || ` Known are ${known.join(', ')}.`;
      return [
        source.faultAt(['assistants', assistant, 'tools', index], `there is no tool "${name}".${hint}`),
      ];
    }),
  );
  const taken = Object.keys(tools.http)
    .filter((name) => toToolChoice(name, tools)?.kind === 'built_in')
    .map((name) => source.faultAt(['tools', 'http', name], `is the name of a built-in tool`));
  const without = Object.entries(assistants)
    .filter(
      ([, { tools: names, metadata_keys: keys }]) => names.includes('set_metadata') && keys.length === 0,
    )
    .map(([name]) =>
      source.faultAt(
        ['assistants', name, 'tools'],
        'has set_metadata, which needs "metadata_keys": list the keys that it may set',
      ),
    );
  const forgetful = Object.entries(assistants).flatMap(([name, { tools: names, memory }]) =>
    names
      .filter((tool) => !memory && (tool === 'remember' || tool === 'recall'))
      .map((tool) =>
        source.faultAt(['assistants', name, 'tools'], `has ${tool}, which needs "memory: true"`),
      ),
  );
  const unlisted = Object.entries(assistants).flatMap(([assistant, { tools: names, approval }]) =>
    Object.keys(approval)
      .filter((name) => !names.includes(name))
      .map((name) =>
        source.faultAt(
          ['assistants', assistant, 'approval', name],
          `is not an entry of this assistant's "tools".${didYouMean(name, names)}`,
          'key',
        ),
      ),
  );
  return [...unknown, ...taken, ...without, ...forgetful, ...unlisted];
}
