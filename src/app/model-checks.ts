import { checkProvider, type ProviderCheck } from '../assistant/models/check-provider.ts';
import type { ProviderConfig } from '../assistant/models/hosted-model-config.ts';
import type { Config } from './config/config.ts';

/** Checks each provider whose models assistants use, all at the same time. */
export function modelChecks(
  config: Config | null,
  keyOf: (variable: string) => string | undefined,
): Promise<ProviderCheck[]> {
  const used = new Map<string, ProviderConfig>();
  for (const { model } of config?.assistants.values() ?? []) {
    if (model.provider !== 'hosted') continue;
    const references = [model.use, ...model.fallbacks, ...model.rules.map(({ use }) => use)];
    for (const { provider } of references) used.set(provider.name, provider);
  }
  return Promise.all(
    Array.from(used.values(), (provider) =>
      checkProvider(provider, provider.apiKeyEnv === null ? undefined : keyOf(provider.apiKeyEnv)?.trim()),
    ),
  );
}
