import { ThreadrelayError } from '../../core/errors.ts';
import { slackErrorCode } from './write-outcome.ts';

const WHERE = {
  SLACK_BOT_TOKEN: 'Copy the Bot User OAuth Token (xoxb-…) from OAuth & Permissions of the Slack app.',
  SLACK_APP_TOKEN:
    'Make an app-level token (xapp-…) with the scope connections:write under Basic Information of the Slack app.',
} as const;

/** Why the adapter could not start, in a sentence that names the setting and how to mend it, never its value. */
export function startFault(error: unknown, setting: keyof typeof WHERE): ThreadrelayError {
  if (error instanceof ThreadrelayError) return error;
  const code = slackErrorCode(error);
  if (code === undefined || !/^[a-z0-9_]{1,64}$/.test(code)) {
    return new ThreadrelayError(
      'platform_unreachable',
      'Slack cannot be reached. Check the network and SLACK_API_URL.',
      {
        retryable: true,
        cause: error,
      },
    );
  }
  return new ThreadrelayError(
    'invalid_configuration',
    `Slack refused ${setting} (${code}). ${WHERE[setting]}`,
    {
      details: { code },
    },
  );
}
