import type { EmbeddingModel as SdkEmbeddingModel } from 'ai';
import { ThreadrelayError } from '../../core/errors.ts';
import type { EmbeddingModel } from '../../core/ports.ts';
import type { ModelReference, ProviderConfig } from '../models/hosted-model-config.ts';
import { toModelFailure } from '../models/model-failure.ts';

/** Requests to the provider at once: adding a folder sends hundreds. */
const REQUESTS_AT_ONCE = 4;

/**
 * The embedding model that a reference names. Its provider's library is loaded when it is first used.
 * @param keyOf The value of an environment variable.
 */
export function createEmbeddingModel(
  reference: ModelReference,
  keyOf: (variable: string) => string | undefined,
): EmbeddingModel {
  const name = `${reference.provider.name}/${reference.name}`;
  let opened: Promise<SdkEmbeddingModel> | null = null;
  return {
    name,
    async embed(texts, signal) {
      if (texts.length === 0) return [];
      try {
        opened ??= open(reference, keyOf);
        const [{ embedMany }, model] = await Promise.all([import('ai'), opened]);
        const { embeddings } = await embedMany({
          model,
          values: [...texts],
          maxParallelCalls: REQUESTS_AT_ONCE,
          ...(signal === undefined ? {} : { abortSignal: signal }),
        });
        return embeddings.map((embedding) => Float32Array.from(embedding));
      } catch (thrown) {
        opened = null;
        if (thrown instanceof ThreadrelayError) throw thrown;
        const { kind, message } = toModelFailure(thrown, new Date());
        throw new ThreadrelayError(
          'model_failed',
          `The embedding model ${name} failed (${kind}): ${message}`,
          {
            retryable: true,
            cause: thrown,
          },
        );
      }
    },
  };
}

async function open(
  { provider, name }: ModelReference,
  keyOf: (variable: string) => string | undefined,
): Promise<SdkEmbeddingModel> {
  const common = commonOf(provider, keyOf);
  switch (provider.name) {
    case 'openai': {
      const { createOpenAI } = await import('@ai-sdk/openai');
      return createOpenAI(common).embeddingModel(name);
    }
    case 'anthropic':
      throw new ThreadrelayError(
        'invalid_configuration',
        'Anthropic has no embedding models. Set "knowledge.embedding" to one of another provider, or leave it out.',
      );
    default: {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      return createOpenAICompatible({ ...common, baseURL: common.baseURL ?? '' }).embeddingModel(name);
    }
  }
}

function commonOf(
  { name, baseUrl, apiKeyEnv, headers }: ProviderConfig,
  keyOf: (variable: string) => string | undefined,
) {
  const apiKey = apiKeyEnv === null ? undefined : keyOf(apiKeyEnv);
  if (apiKeyEnv !== null && (apiKey === undefined || apiKey === '')) {
    throw new ThreadrelayError(
      'invalid_configuration',
      `"knowledge.embedding" needs a key: set ${apiKeyEnv}.`,
    );
  }
  return {
    name,
    headers,
    fetch: fetchDirectly,
    ...(baseUrl === null ? {} : { baseURL: baseUrl.replace(/\/+$/, '') }),
    ...(apiKey === undefined ? {} : { apiKey }),
  };
}

/** A key that goes in a header of its own would follow a redirect to whatever host that names. */
const fetchDirectly: typeof fetch = (input, init) => fetch(input, { ...init, redirect: 'error' });
