import type { ModelReference, ProviderConfig } from './hosted-model-config.ts';
import type { LanguageModel } from './language-model.ts';
import { ModelFailure } from './model-failure.ts';

type Provider = (name: string) => LanguageModel;

export type OpenModel = (reference: ModelReference) => Promise<LanguageModel>;

/**
 * Makes models of providers. A provider's library is loaded when it is first asked for; what was made for a provider is
 * kept as long as the configuration that named it. Rejects with a ModelFailure when there is no key.
 * @param keyOf The value of an environment variable.
 */
export function createModelOpener(keyOf: (variable: string) => string | undefined): OpenModel {
  const opened = new WeakMap<ProviderConfig, Provider>();
  return async ({ provider, name }) => {
    const known = opened.get(provider) ?? (await openProvider(provider, keyOf));
    opened.set(provider, known);
    return known(name);
  };
}

async function openProvider(
  { name, baseUrl, apiKeyEnv, headers }: ProviderConfig,
  keyOf: (variable: string) => string | undefined,
): Promise<Provider> {
  const apiKey = apiKeyEnv === null ? undefined : keyOf(apiKeyEnv);
  if (apiKeyEnv !== null && (apiKey === undefined || apiKey === ''))
    throw new ModelFailure('no_key', { said: `${apiKeyEnv} is not set` });
  const common = {
    name,
    headers,
    fetch: fetchDirectly,
    ...(baseUrl === null ? {} : { baseURL: baseUrl.replace(/\/+$/, '') }),
    ...(apiKey === undefined ? {} : { apiKey }),
  };
  switch (name) {
    case 'openai': {
      const { createOpenAI } = await import('@ai-sdk/openai');
      return createOpenAI(common).languageModel;
    }
    case 'anthropic': {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      return createAnthropic(common).languageModel;
    }
    default: {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      return createOpenAICompatible({ ...common, baseURL: common.baseURL ?? '', includeUsage: true })
        .languageModel;
    }
  }
}

/** A key that goes in a header of its own would follow a redirect to whatever host that names. */
const fetchDirectly: typeof fetch = (input, init) => fetch(input, { ...init, redirect: 'error' });
