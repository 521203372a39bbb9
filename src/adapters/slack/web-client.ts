import { type Logger as SlackLogger, LogLevel, WebClient, type WebClientOptions } from '@slack/web-api';
import type { Logger } from '../../core/logger.ts';
import { LIMITS } from '../../core/limits.ts';
import { UNSTATED_WAIT_SECONDS } from './limits.ts';

export const SLACK_API_URL = 'https://slack.com/api/';

export type Fetch = typeof globalThis.fetch;

export type WebClientSettings = {
  apiUrl: string;
  logger: Logger;
  fetch: Fetch;
  /** Milliseconds for one call. */
  timeoutMs?: number;
};

/**
 * Options that leave all waiting and repeating to us: a 429 is an error of its own call and pauses no other, and nothing
 * is sent twice. (The client's own defaults pause its whole queue and repeat posts for 30 minutes.)
 */
export function webClientOptions(settings: WebClientSettings): WebClientOptions {
  return {
    slackApiUrl: settings.apiUrl,
    rejectRateLimitedCalls: true,
    retryConfig: { retries: 0 },
    timeout: settings.timeoutMs ?? LIMITS.platformCallMs,
    logger: slackLogger(settings.logger),
    fetch: withStatedWait(settings.fetch),
  };
}

export function createWebClient(token: string, settings: WebClientSettings): WebClient {
  return new WebClient(token, webClientOptions(settings));
}

/** The client takes a 429 without a whole number in `Retry-After` for an unknown error; so it always gets one. */
function withStatedWait(fetch: Fetch): Fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (response.status !== 429 || /^\d+$/.test(response.headers.get('retry-after') ?? '')) return response;
    await response.body?.cancel();
    return new Response(null, { status: 429, headers: { 'retry-after': String(UNSTATED_WAIT_SECONDS) } });
  };
}

/** Slack's libraries log whole payloads at debug and errors that we report ourselves: only warnings come through. */
export function slackLogger(logger: Logger): SlackLogger {
  const said = (messages: unknown[]) => ({ said: messages.map(String).join(' ').slice(0, 500) });
  return {
    debug() {},
    info() {},
    warn: (...messages: unknown[]) => logger.debug(said(messages), 'slack library warned'),
    error: (...messages: unknown[]) => logger.debug(said(messages), 'slack library reported an error'),
    setLevel() {},
    getLevel: () => LogLevel.INFO,
    setName() {},
  };
}
