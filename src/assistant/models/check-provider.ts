import type { ProviderConfig } from './hosted-model-config.ts';

/** One line of `threadrelay doctor`. */
export type ProviderCheck = { name: string; ok: boolean; detail: string; mend: string | null };

/** A person waits for the report. */
const PATIENCE_MS = 10_000;

/** The version of Anthropic's interface that the AI SDK speaks; a request without one is refused. */
const ANTHROPIC_VERSION = '2023-06-01';

const OWN_ADDRESSES: Readonly<Record<string, string>> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com/v1',
};

/**
 * Asks a provider for the list of its models, which costs nothing, to see whether it is there and takes the key. Never
 * throws; says no key.
 */
export async function checkProvider(
  provider: ProviderConfig,
  key: string | undefined,
): Promise<ProviderCheck> {
  const check = { name: `provider ${provider.name}`, ok: true, mend: null };
  const address = (provider.baseUrl ?? OWN_ADDRESSES[provider.name] ?? '').replace(/\/+$/, '');
  const host = URL.canParse(address) ? new URL(address).host : address;
  try {
    const { status } = await fetch(`${address}/models`, {
      headers: { ...provider.headers, ...credentials(provider, key) },
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (status === 401 || status === 403) {
      const mend = `Set ${provider.apiKeyEnv ?? '"api_key_env"'} to a key of this provider.`;
      return { ...check, ok: false, detail: `${host} does not accept the key (${status})`, mend };
    }
    if (status >= 500) {
      const mend = 'Try again later; the provider may tell of it on its status page.';
      return { ...check, ok: false, detail: `${host} is failing (${status})`, mend };
    }
    const detail =
      status === 200 ? `${host} accepts the key` : `${host} answers, but lists no models (${status})`;
    return { ...check, detail };
  } catch {
    const mend = 'Look at the address ("base_url" under "providers") and at the way out to the network.';
    return { ...check, ok: false, detail: `${host} cannot be reached`, mend };
  }
}

function credentials({ name }: ProviderConfig, key: string | undefined): Record<string, string> {
  if (name === 'anthropic') return { 'anthropic-version': ANTHROPIC_VERSION, 'x-api-key': key ?? '' };
  return key === undefined ? {} : { authorization: `Bearer ${key}` };
}
