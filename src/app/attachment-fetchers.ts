import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Platform } from '../core/origin.ts';
import type { AttachmentFetcher } from '../core/ports.ts';
import { createGuardedFetch } from '../outbound/guarded-fetch.ts';
import type { DiscordEnvironment, SlackEnvironment } from './config/environment.ts';

export type AttachmentFetchers = {
  fetchers: ReadonlyMap<Platform, AttachmentFetcher>;
  close(): void;
};

/** APIs of the platforms themselves. One elsewhere is the operator's own, and serves its files itself. */
const OF_PLATFORMS: ReadonlySet<string> = new Set(['slack.com', 'slack-gov.com', 'discord.com']);

/**
 * What fetches people's attachments, for the platforms that have a token. Nothing private is ever fetched, but from the host
 * that the environment names as a platform's API in place of its own.
 */
export async function connectAttachments({
  slack,
  discord,
  ...parts
}: {
  slack: SlackEnvironment | undefined;
  discord: DiscordEnvironment | undefined;
  clock: Clock;
  logger: Logger;
}): Promise<AttachmentFetchers> {
  const fetchers = new Map<Platform, AttachmentFetcher>();
  let close = () => {};
  if (slack !== undefined) {
    const { createSlackAttachments } = await import('../adapters/slack/attachments.ts');
    const { apiUrl, botToken } = slack;
    const token = botToken.reveal();
    fetchers.set('slack', createSlackAttachments({ ...parts, apiUrl, token, fetch: fetchFor(apiUrl) }));
  }
  if (discord !== undefined) {
    const { createDiscordAttachments } = await import('../adapters/discord/index.ts');
    const { apiUrl, token } = discord;
    const fetcher = createDiscordAttachments({
      ...parts,
      apiUrl,
      token: token.reveal(),
      fetch: fetchFor(apiUrl),
    });
    fetchers.set('discord', fetcher);
    close = () => fetcher.close();
  }
  return { fetchers, close: () => close() };
}

function fetchFor(apiUrl: string) {
  const { host } = new URL(apiUrl);
  return createGuardedFetch({ allowPrivate: OF_PLATFORMS.has(host) ? [] : [host] });
}
