import type { WebClient } from '@slack/web-api';
import { silentLogger } from '../../core/logger.ts';
import { isObject, stringOf } from './json.ts';
import { BOT_SCOPES } from './permissions.ts';
import { createWebClient, type Fetch, SLACK_API_URL, type WebClientSettings } from './web-client.ts';
import { outcomeOfError, slackErrorCode } from './write-outcome.ts';

/** One line of `threadrelay doctor`: what was looked at, what was found, and how to mend it (null when it is well). */
export type SlackCheck = { name: string; ok: boolean; detail: string; mend: string | null };

export type SlackCheckSettings = {
  token: string;
  /** Left out when events come over HTTP. */
  appToken?: string;
  apiUrl?: string;
  /** Channels that the configuration names, by id or by name without `#`. */
  channels?: readonly { id?: string; name?: string }[];
  fetch?: Fetch;
};

/** Checks tokens, scopes and channels against Slack. Never throws; says no token. */
export async function checkSlack(settings: SlackCheckSettings): Promise<SlackCheck[]> {
  const web: WebClientSettings = {
    apiUrl: settings.apiUrl ?? SLACK_API_URL,
    logger: silentLogger,
    fetch: settings.fetch ?? globalThis.fetch,
  };
  const client = createWebClient(settings.token, web);
  const token = await checkToken(client);
  const appToken =
    settings.appToken === undefined ? [] : [await checkAppToken(createWebClient(settings.appToken, web))];
  if (token[0]?.ok !== true) return [...token, ...appToken];
  return [...token, ...appToken, ...(await checkChannels(client, settings.channels ?? []))];
}

async function checkToken(client: WebClient): Promise<SlackCheck[]> {
  const name = 'Slack bot token';
  try {
    const answer = await client.auth.test();
    const scopes = answer.response_metadata?.scopes;
    const known = well(
      name,
      `${answer.user ?? answer.user_id ?? 'the bot'} in ${answer.team ?? 'its workspace'}`,
    );
    return scopes === undefined ? [known] : [known, checkScopes(scopes)];
  } catch (error) {
    return [
      faulty(
        name,
        error,
        'Set SLACK_BOT_TOKEN to the Bot User OAuth Token (xoxb-…) under OAuth & Permissions.',
      ),
    ];
  }
}

function checkScopes(granted: readonly string[]): SlackCheck {
  const missing = Object.entries(BOT_SCOPES).filter(([scope]) => !granted.includes(scope));
  const name = 'Slack scopes';
  if (missing.length === 0) return well(name, 'all that are needed');
  const list = missing.map(([scope, purpose]) => `${scope} (${purpose})`).join(', ');
  const mend =
    'Paste slack-manifest.yaml into App Manifest of the Slack app, then reinstall the app to the workspace.';
  return { name, ok: false, detail: `missing: ${list}`, mend };
}

async function checkAppToken(client: WebClient): Promise<SlackCheck> {
  const name = 'Slack app token';
  try {
    await client.apps.connections.open();
    return well(name, 'Socket Mode opens');
  } catch (error) {
    const mend =
      'Set SLACK_APP_TOKEN to an app-level token (xapp-…) with the scope connections:write, and switch Socket Mode on.';
    return faulty(name, error, mend);
  }
}

async function checkChannels(
  client: WebClient,
  channels: readonly { id?: string; name?: string }[],
): Promise<SlackCheck[]> {
  if (channels.length === 0) return [];
  let joined: Map<string, string>;
  try {
    joined = await readJoinedChannels(client);
  } catch (error) {
    return [faulty('Slack channels', error, 'Grant channels:read and groups:read, then reinstall the app.')];
  }
  return channels.map(({ id, name }) => {
    const wanted = name?.replace(/^#/, '').toLowerCase();
    const isIn = id === undefined ? [...joined.values()].includes(wanted ?? '') : joined.has(id);
    const label = `Slack channel ${id ?? `#${wanted ?? ''}`}`;
    if (isIn) return well(label, 'the bot is in it');
    const mend =
      'Check the name in threadrelay.yaml, and invite the bot in the channel: /invite @threadrelay';
    return { name: label, ok: false, detail: 'the bot is not in it, or it does not exist', mend };
  });
}

async function readJoinedChannels(client: WebClient): Promise<Map<string, string>> {
  const joined = new Map<string, string>();
  let cursor: string | undefined;
  do {
    const page = await client.users.conversations({
      types: 'public_channel,private_channel',
      limit: 200,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const channel of page.channels ?? []) {
      if (!isObject(channel)) continue;
      const id = stringOf(channel['id']);
      if (id !== undefined) joined.set(id, (stringOf(channel['name']) ?? '').toLowerCase());
    }
    cursor = stringOf(page.response_metadata?.next_cursor);
  } while (cursor !== undefined);
  return joined;
}

function well(name: string, detail: string): SlackCheck {
  return { name, ok: true, detail, mend: null };
}

function faulty(name: string, error: unknown, mend: string): SlackCheck {
  const outcome = outcomeOfError(error, 'repeatable');
  const isRefused = slackErrorCode(error) !== undefined && outcome.kind === 'rejected';
  const unreachable = 'Check the network and SLACK_API_URL, then try again.';
  return { name, ok: false, detail: outcome.sentence, mend: isRefused ? mend : unreachable };
}
