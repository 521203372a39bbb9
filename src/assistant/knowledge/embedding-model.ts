import type { EmbeddingModel as SdkEmbeddingModel } from 'ai';
import { ThreadrelayError } from '../../core/errors.ts';
import type { EmbeddingModel } from '../../core/ports.ts';
import { createTurns } from '../files/turns.ts';
import type { ModelReference, ProviderConfig } from '../models/hosted-model-config.ts';
import { type FailureKind, toModelFailure } from '../models/model-failure.ts';
import { textBatches } from './text-batches.ts';

/** Requests to the provider at once: adding a folder sends hundreds. */
const REQUESTS_AT_ONCE = 4;

/** A request is made again as often, after 2, 4, 8 and 16 s, or as long as the provider asks: limits count by the minute. */
const RETRIES = 4;

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
      const { RetryError, embedMany } = await import('ai');
      // When one request fails for good, the others are of no use.
      const stop = new AbortController();
      const abortSignal = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
      try {
        opened ??= open(reference, keyOf);
        const model = await opened;
        const inTurn = createTurns(REQUESTS_AT_ONCE);
        const vectors = await Promise.all(
          textBatches(texts).map((values) =>
            inTurn(async () => {
              abortSignal.throwIfAborted();
              const { embeddings } = await embedMany({ model, values, maxRetries: RETRIES, abortSignal });
              return embeddings.map((embedding) => Float32Array.from(embedding));
            }),
          ),
        );
        return vectors.flat();
      } catch (thrown) {
        stop.abort();
        opened = null;
        if (thrown instanceof ThreadrelayError) throw thrown;
        throw failed(name, RetryError.isInstance(thrown) ? thrown.lastError : thrown);
      }
    },
  };
}

function failed(name: string, thrown: unknown): ThreadrelayError {
  const { kind, message } = toModelFailure(thrown, new Date());
  const said = message === '' || message === kind ? '' : ` (${message})`;
  return new ThreadrelayError(
    'model_failed',
    `The embedding model ${name} failed: ${REASONS[kind] ?? 'its provider refused the request'}${said}.`,
    { retryable: true, cause: thrown },
  );
}

const REASONS: Readonly<Partial<Record<FailureKind, string>>> = {
  rate_limited: 'its provider has more to do than it allows at the moment',
  unavailable: 'its provider could not be reached, or is failing',
  cut: 'its provider could not be reached, or is failing',
  malformed: 'its provider answered with something that cannot be read',
  no_credit: 'the account with its provider has no credit left',
  key_refused: 'its provider did not accept the key',
  unknown_model: 'its provider has no such model',
};

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
