import { type WebClient, WebAPIRateLimitedError } from '@slack/web-api';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { Origin } from '../../core/origin.ts';
import { slackErrorCode } from './write-outcome.ts';

/** Refusals that will not change while the process runs. */
const NEVER_SUPPORTED = new Set([
  'unknown_method',
  'missing_scope',
  'not_allowed_token_type',
  'feature_not_enabled',
  'method_deprecated',
  'deprecated_endpoint',
  'access_denied',
]);

/** Shows "is thinking…" in a thread until a reply comes. Never throws; a workspace without the feature is asked once. */
export function createThinkingStatus(client: WebClient, clock: Clock, logger: Logger) {
  let supported = true;
  let silentUntil = 0;
  return async (origin: Origin): Promise<void> => {
    if (!supported || clock.now().getTime() < silentUntil) return;
    try {
      const place = { channel_id: origin.channel, thread_ts: origin.thread };
      await client.assistant.threads.setStatus({ ...place, status: 'is thinking…' });
    } catch (error) {
      const code = slackErrorCode(error);
      if (error instanceof WebAPIRateLimitedError)
        silentUntil = clock.now().getTime() + error.retryAfter * 1000;
      if (code !== undefined && NEVER_SUPPORTED.has(code)) supported = false;
      logger.debug({ code, supported }, 'slack thinking status was not shown');
    }
  };
}
