import { fileURLToPath } from 'node:url';
import type { RawEnvironment } from '../../src/app/config/environment.ts';

/** The configuration of the repository, wherever the demo is started from. */
const CONFIG_FILE = fileURLToPath(new URL('../../threadrelay.yaml', import.meta.url));

/** What the demo takes from its caller: where stores are found, and nothing else. */
const PASSED_ON = [
  'HOME',
  'MONGODB_URI',
  'REDIS_URL',
  'THREADRELAY_CACHE',
  'THREADRELAY_MONGOD',
  'THREADRELAY_REDIS_SERVER',
];

/** How to reach the loopback platforms. */
export type DemoPlatforms = {
  slack: { url: string; botToken: string; appToken: string };
  discord: { apiUrl: string; token: string };
};

/**
 * The environment of the demo's service. Tokens and addresses are those of the loopback platforms: whatever a caller
 * has set, in the environment or in `.env`, the demo never talks to a real workspace.
 */
export function demoEnvironment(
  caller: RawEnvironment,
  { slack, discord }: DemoPlatforms,
  dataDirectory: string,
): RawEnvironment {
  return {
    ...Object.fromEntries(PASSED_ON.map((name) => [name, caller[name]])),
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'warn',
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.url,
    DISCORD_TOKEN: discord.token,
    DISCORD_API_URL: discord.apiUrl,
    THREADRELAY_CONFIG: CONFIG_FILE,
    THREADRELAY_DATA: dataDirectory,
  };
}
