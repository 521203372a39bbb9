import type { ConfigDocument } from './config-schema.ts';
import type { ConfigurationFault } from './configuration-error.ts';
import type { HasVariable } from './model-faults.ts';
import { toSecretHeaders, toToolChoice } from './to-tools.ts';
import type { DocumentPath, YamlSource } from './yaml-source.ts';

type Needed = { readonly variable: string; readonly path: DocumentPath };

/** Variables that are not set, of the tools that assistants use. */
export function missingVariables(
  document: ConfigDocument,
  source: YamlSource,
  hasVariable: HasVariable,
): ConfigurationFault[] {
  return neededBy(document)
    .filter(({ variable }) => !hasVariable(variable))
    .map(({ variable, path }) =>
      source.faultAt(
        path,
        `needs ${variable}: set it in the environment, or take the tool from its assistants`,
      ),
    );
}

function neededBy({ assistants, tools }: ConfigDocument): Needed[] {
  const listed = Object.values(assistants).flatMap(({ tools: names }) => names);
  const choices = listed.flatMap((name) => toToolChoice(name, tools) ?? []);
  const http = new Set(choices.flatMap((choice) => (choice.kind === 'http' ? choice.tool.name : [])));
  const mcp = new Set(choices.flatMap((choice) => (choice.kind === 'mcp' ? choice.server.name : [])));
  return [
    ...[...http].flatMap((name) => inHeaders(['tools', 'http', name], tools.http[name]?.headers_env)),
    ...[...mcp].flatMap((name) => [
      ...inHeaders(['tools', 'mcp', name], tools.mcp[name]?.headers_env),
      ...(tools.mcp[name]?.env_from ?? []).map((variable, index) => ({
        variable,
        path: ['tools', 'mcp', name, 'env_from', index],
      })),
    ]),
  ];
}

function inHeaders(path: DocumentPath, headers: Readonly<Record<string, string>> = {}): Needed[] {
  return toSecretHeaders(headers).map(({ header, env }) => ({
    variable: env,
    path: [...path, 'headers_env', header],
  }));
}
