import { didYouMean } from '../../core/routing/closest-name.ts';
import type { ConfigDocument } from './config-schema.ts';
import type { ConfigurationFault } from './configuration-error.ts';
import type { ChannelDocument } from './listening-schema.ts';
import { type HasVariable, modelFaults } from './model-faults.ts';
import { toolFaults } from './tool-references.ts';
import type { DocumentPath, YamlSource } from './yaml-source.ts';

type Kind = 'project' | 'assistant' | 'workflow';
type Reference = { readonly kind: Kind; readonly name: string | undefined; readonly path: DocumentPath };

/** Names that are used but declared nowhere, and channels or tenants that are listed twice. */
export function checkReferences(
  document: ConfigDocument,
  source: YamlSource,
  workflows: readonly string[] | undefined,
  hasVariable?: HasVariable,
): readonly ConfigurationFault[] {
  const known: Readonly<Record<Kind, readonly string[] | undefined>> = {
    project: Object.keys(document.projects),
    assistant: Object.keys(document.assistants),
    workflow: workflows,
  };
  const unknown = referencesOf(document).flatMap(({ kind, name, path }) => {
    const declared = known[kind];
    if (name === undefined || declared === undefined || declared.includes(name)) return [];
    const hint = didYouMean(name, declared) || ` Known are ${declared.join(', ')}.`;
    return [source.faultAt(path, `there is no ${kind} "${name}".${hint}`)];
  });
  return [
    ...unknown,
    ...modelFaults(document, source, hasVariable),
    ...toolFaults(document, source, hasVariable),
    ...emptySections(document, source),
    ...duplicates(document, source),
  ];
}

function emptySections(document: ConfigDocument, source: YamlSource): readonly ConfigurationFault[] {
  return (['projects', 'assistants'] as const)
    .filter((section) => Object.keys(document[section]).length === 0)
    .map((section) => source.faultAt([section], 'must name at least one'));
}

type Listening = {
  readonly path: DocumentPath;
  readonly settings: {
    readonly project?: string | undefined;
    readonly assistant?: string | undefined;
    readonly channels?: readonly ChannelDocument[] | undefined;
    readonly forums?: readonly ChannelDocument[] | undefined;
  };
};

function listeningsOf({ slack, discord }: ConfigDocument): readonly Listening[] {
  return [
    { path: ['slack'], settings: slack },
    ...(slack.teams ?? []).map((settings, index) => ({ path: ['slack', 'teams', index], settings })),
    { path: ['discord'], settings: discord },
    ...(discord.guilds ?? []).map((settings, index) => ({ path: ['discord', 'guilds', index], settings })),
  ];
}

function referencesOf(document: ConfigDocument): readonly Reference[] {
  const ofListening = listeningsOf(document).flatMap(({ path, settings }): Reference[] => [
    { kind: 'project', name: settings.project, path: [...path, 'project'] },
    { kind: 'assistant', name: settings.assistant, path: [...path, 'assistant'] },
    ...(['channels', 'forums'] as const).flatMap((list) =>
      (settings[list] ?? []).map(
        ({ assistant }, index): Reference => ({
          kind: 'assistant',
          name: assistant,
          path: [...path, list, index, 'assistant'],
        }),
      ),
    ),
  ]);
  const ofRoutes = document.routes.flatMap(({ to }, index): Reference[] => [
    { kind: 'assistant', name: to.assistant, path: ['routes', index, 'to', 'assistant'] },
    { kind: 'workflow', name: to.workflow, path: ['routes', index, 'to', 'workflow'] },
  ]);
  return [...ofListening, ...ofRoutes];
}

function duplicates(document: ConfigDocument, source: YamlSource): readonly ConfigurationFault[] {
  const ofChannels = listeningsOf(document).flatMap(({ path, settings }) =>
    (['channels', 'forums'] as const).flatMap((list) =>
      (['id', 'name'] as const).flatMap((key) =>
        repeated(
          (settings[list] ?? []).map((channel) => channel[key]?.replace(/^#/, '').toLowerCase()),
          (index) => [...path, list, index, key],
          source,
        ),
      ),
    ),
  );
  const teams = (document.slack.teams ?? []).map(({ id }) => id);
  const guilds = (document.discord.guilds ?? []).map(({ id }) => id);
  return [
    ...ofChannels,
    ...repeated(teams, (index) => ['slack', 'teams', index, 'id'], source),
    ...repeated(guilds, (index) => ['discord', 'guilds', index, 'id'], source),
  ];
}

function repeated(
  names: readonly (string | undefined)[],
  pathOf: (index: number) => DocumentPath,
  source: YamlSource,
): readonly ConfigurationFault[] {
  return names.flatMap((name, index) =>
    name !== undefined && names.indexOf(name) < index
      ? [source.faultAt(pathOf(index), `"${name}" is listed twice`)]
      : [],
  );
}
