import type { App } from './present.ts';
import type { Random } from './random.ts';
import type { Channel, Workspace } from './state.ts';
import type { JsonObject } from './types.ts';

export interface CommandWish {
  channel: string;
  user: string;
  /** With its slash. */
  command: string;
  text?: string;
}

/** What the app is sent when a person writes a slash command, with `&`, `<` and `>` escaped as Slack does. */
export function slashCommand(
  { app, random }: { app: App; random: Random },
  { workspace, channel }: { workspace: Workspace; channel: Channel },
  { user, command, text = '' }: CommandWish,
): JsonObject {
  const found = workspace.users.get(user);
  if (found === undefined) throw new Error(`no person ${user}`);
  return {
    token: 'deprecated-verification-token',
    team_id: workspace.id,
    team_domain: workspace.name,
    channel_id: channel.id,
    channel_name: channel.name,
    user_id: user,
    user_name: found.name,
    command,
    text: text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
    api_app_id: app.id,
    is_enterprise_install: 'false',
    response_url: `${app.origin}/commands/${workspace.id}/${random.id('', 12)}`,
    trigger_id: random.id('', 24),
  };
}
