import type { WebClient } from '@slack/web-api';
import { ThreadrelayError } from '../../core/errors.ts';

/** Who the bot is, as auth.test tells. */
export type SlackIdentity = { teamId: string; teamName: string; botUserId: string; botId: string | null };

/** @throws the error of the call, or ThreadrelayError `invalid_configuration` for a token that is no bot's. */
export async function identify(client: WebClient): Promise<SlackIdentity> {
  const answer = await client.auth.test();
  const { team_id: teamId, team, user_id: botUserId, bot_id: botId } = answer;
  if (teamId === undefined || botUserId === undefined) {
    throw new ThreadrelayError(
      'invalid_configuration',
      'SLACK_BOT_TOKEN belongs to no bot; use the token that begins with xoxb-.',
    );
  }
  return { teamId, teamName: team ?? teamId, botUserId, botId: botId ?? null };
}
