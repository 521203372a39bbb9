import { systemClock } from '../../core/clock.ts';
import { ThreadrelayError } from '../../core/errors.ts';
import type { AttachmentFetcher, AttachmentPlace, Fetched, GuardedFetch } from '../../core/ports.ts';
import type { DiscordConnection } from './adapter.ts';
import { createDiscordApi } from './api.ts';

/** Where Discord serves what people upload. The addresses are signed and need no token. */
const FILE_HOSTS: readonly string[] = ['cdn.discordapp.com', 'media.discordapp.net'];
const API_HOST = 'discord.com';
/** An address that ends so soon is asked for anew, in milliseconds: a redirect or a slow answer takes seconds. */
const LEAST_VALIDITY_MS = 30_000;

/**
 * Fetches files of Discord, from its own hosts alone (an API elsewhere serves its files itself). Addresses end after about a
 * day; then the message is asked for once more, which gives new ones.
 */
export function createDiscordAttachments(
  connection: DiscordConnection & { fetch: GuardedFetch },
): AttachmentFetcher & { close(): void } {
  const { token, apiUrl, timeoutMs, clock = systemClock } = connection;
  const api = createDiscordApi({ token, apiUrl, clock, ...(timeoutMs !== undefined && { timeoutMs }) });
  const { host } = new URL(apiUrl);
  const hosts = host === API_HOST ? FILE_HOSTS : [host];

  async function newAddress({ origin, sourceId, attachment }: AttachmentPlace, signal: AbortSignal) {
    // The first message of a thread in a text channel stands in the channel; that of a forum post in the thread.
    const isFirst = sourceId === origin.thread && origin.channel !== origin.thread;
    for (const channel of isFirst ? [origin.thread, origin.channel] : [origin.thread]) {
      const asked = await api.message(channel, sourceId, signal);
      if (asked.kind === 'done') {
        const found = asked.value.attachments.find(({ id }) => id === attachment.id);
        if (found !== undefined) return found.url;
      } else if (asked.kind !== 'rejected') {
        throw new ThreadrelayError('platform_unreachable', asked.sentence, { retryable: true });
      }
    }
    throw refused('it is not there any more.');
  }

  function fetchFrom(address: string, signal: AbortSignal): Promise<Fetched> {
    const url = URL.parse(address);
    if (url === null || !hosts.includes(url.host)) throw refused('it is kept outside Discord.');
    return connection.fetch({ url: url.href, signal });
  }

  const isEnding = (address: string) => {
    const ends = Number.parseInt(URL.parse(address)?.searchParams.get('ex') ?? '', 16) * 1_000;
    return ends < clock.now().getTime() + LEAST_VALIDITY_MS;
  };

  return {
    async fetch(place, signal) {
      const { url } = place.attachment;
      if (url !== null && !isEnding(url)) {
        const fetched = await fetchFrom(url, signal);
        if (fetched.status === 200) return fetched.body;
        if (fetched.status >= 500 || fetched.status === 429) throw failed(fetched.status);
      }
      const fetched = await fetchFrom(await newAddress(place, signal), signal);
      if (fetched.status === 200) return fetched.body;
      if (fetched.status >= 500 || fetched.status === 429) throw failed(fetched.status);
      throw refused('it is not there any more.');
    },
    close: () => api.close(),
  };
}

function failed(status: number): ThreadrelayError {
  return new ThreadrelayError('platform_unreachable', `Discord failed with status ${status}.`, {
    retryable: true,
  });
}

function refused(sentence: string): ThreadrelayError {
  return new ThreadrelayError('platform_refused', sentence);
}
