import { z } from 'zod';
import { didYouMean } from '../../core/routing/closest-name.ts';
import { MODEL_RULE_FIELDS } from '../../core/routing/field-path.ts';
import { compilePredicate } from '../../core/routing/predicate.ts';
import type { ConfigDocument } from './config-schema.ts';
import type { ConfigurationFault } from './configuration-error.ts';
import { splitReference, toProviders } from './to-model.ts';
import type { DocumentPath, YamlSource } from './yaml-source.ts';

/** Whether the environment sets a variable. */
export type HasVariable = (variable: string) => boolean;

type Used = { readonly model: string; readonly path: DocumentPath };

/** Models of providers that are declared nowhere or have no key, providers without an address, rules that cannot work. */
export function modelFaults(
  document: ConfigDocument,
  source: YamlSource,
  hasVariable: HasVariable | undefined,
): readonly ConfigurationFault[] {
  const asWritten = z.object({ assistants: z.record(z.string(), z.object({ model: z.unknown() })) });
  const { data } = asWritten.safeParse(source.value);
  const isText = (assistant: string) => typeof data?.assistants[assistant]?.model === 'string';
  return [
    ...modelsOf(document, isText).flatMap((used) => referenceFaults(used, document, source, hasVariable)),
    ...providerFaults(document, source),
    ...ruleFaults(document, source),
  ];
}

function referenceFaults(
  { model, path }: Used,
  document: ConfigDocument,
  source: YamlSource,
  hasVariable: HasVariable | undefined,
): readonly ConfigurationFault[] {
  const providers = toProviders(document.providers);
  const { provider: name } = splitReference(model);
  const provider = providers.find((each) => each.name === name);
  if (provider === undefined) {
    const names = providers.map((each) => each.name);
    const hint =
      didYouMean(name, names) || ` Known are ${names.join(', ')}; declare others under "providers".`;
    return [source.faultAt(path, `there is no provider "${name}".${hint}`)];
  }
  const { apiKeyEnv } = provider;
  if (apiKeyEnv === null || hasVariable === undefined || hasVariable(apiKeyEnv)) return [];
  return [
    source.faultAt(
      path,
      `needs a key: set ${apiKeyEnv} in the environment, or choose another model, as offline`,
    ),
  ];
}

function providerFaults({ providers }: ConfigDocument, source: YamlSource): readonly ConfigurationFault[] {
  const haveAddress = new Set(toProviders({}).map(({ name }) => name));
  return Object.entries(providers).flatMap(([name, provider]) =>
    haveAddress.has(name) || provider?.base_url !== undefined
      ? []
      : [source.faultAt(['providers', name], 'needs a "base_url", as https://host/v1', 'key')],
  );
}

function ruleFaults({ assistants }: ConfigDocument, source: YamlSource): readonly ConfigurationFault[] {
  return Object.entries(assistants).flatMap(([name, { model }]) =>
    model.provider !== 'hosted'
      ? []
      : model.rules.flatMap(({ when }, index) =>
          compilePredicate(when, MODEL_RULE_FIELDS).faults.map(({ path, message }) =>
            source.faultAt(['assistants', name, 'model', 'rules', index, 'when', ...path], message, 'key'),
          ),
        ),
  );
}

/** Every model that assistants name; one that stands alone is `model` itself. */
function modelsOf(
  { assistants, knowledge: { embedding } }: ConfigDocument,
  isText: (assistant: string) => boolean,
): readonly Used[] {
  const ofAssistants = Object.entries(assistants).flatMap(([name, { model }]): Used[] => {
    if (model.provider !== 'hosted') return [];
    const path = ['assistants', name, 'model'];
    return [
      { model: model.use, path: isText(name) ? path : [...path, 'use'] },
      ...model.fallbacks.map((each, index) => ({ model: each, path: [...path, 'fallbacks', index] })),
      ...model.rules.map(({ use }, index) => ({ model: use, path: [...path, 'rules', index, 'use'] })),
    ];
  });
  if (embedding === undefined) return ofAssistants;
  return [...ofAssistants, { model: embedding, path: ['knowledge', 'embedding'] }];
}
