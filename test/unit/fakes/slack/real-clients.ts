import { SocketModeClient } from '@slack/socket-mode';
import { type Logger, LogLevel, WebClient } from '@slack/web-api';
import type { SlackFake } from '../../../fakes/slack/index.ts';

/** The SDK logs every refusal that the tests provoke. */
const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};

/** The real client without its own retries. */
export function webClient(fake: SlackFake, token: string): WebClient {
  return new WebClient(token, {
    slackApiUrl: fake.url,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: silent,
  });
}

export function socketModeClient(fake: SlackFake): SocketModeClient {
  return new SocketModeClient({
    appToken: fake.appToken,
    clientOptions: { slackApiUrl: fake.url },
    logger: silent,
  });
}
