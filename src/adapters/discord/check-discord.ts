import { ApplicationFlags } from 'discord.js';
import type { ApiResult } from './api.ts';
import { createDiscordApi } from './api.ts';
import type { DiscordConnection } from './adapter.ts';
import { placeOf } from './directory.ts';
import { systemClock } from '../../core/clock.ts';

type DiscordCheck = { name: string; ok: boolean; detail: string; mend: string | null };

function passed(name: string, detail: string): DiscordCheck {
  return { name, ok: true, detail, mend: null };
}

function failed(
  name: string,
  result: Exclude<ApiResult<unknown>, { kind: 'done' }>,
  mend: string,
): DiscordCheck {
  return { name, ok: false, detail: result.sentence, mend };
}

/** Small bots have the limited flag, those in more than 100 servers the other. */
const CONTENT_FLAGS = ApplicationFlags.GatewayMessageContent | ApplicationFlags.GatewayMessageContentLimited;

/**
 * What `threadrelay doctor` says about Discord: token, message content, and each configured channel (by id): exists, is
 * a forum or text channel, can be seen and read. Makes a few reads, posts nothing, never throws.
 */
export async function checkDiscord(
  connection: DiscordConnection & { channels?: readonly string[] },
): Promise<DiscordCheck[]> {
  const api = createDiscordApi({ ...connection, clock: connection.clock ?? systemClock });
  try {
    const me = await api.me();
    if (me.kind !== 'done') {
      const mend =
        me.kind === 'rejected'
          ? 'Reset the token in the developer portal (Bot, "Reset Token") and put it into DISCORD_TOKEN.'
          : 'Check DISCORD_API_URL and the network.';
      return [failed('discord token', me, mend)];
    }
    const checks = [passed('discord token', `the bot is ${me.value.username}`)];
    const application = await api.application();
    if (application.kind !== 'done') {
      checks.push(failed('discord message content', application, 'Try again in a minute.'));
    } else if (((application.value.flags ?? 0) & CONTENT_FLAGS) === 0) {
      const mend =
        'Turn on "Message Content Intent" in the developer portal (Bot, "Privileged Gateway Intents").';
      checks.push({ name: 'discord message content', ok: false, detail: 'the intent is off', mend });
    } else checks.push(passed('discord message content', 'the intent is on'));
    for (const id of connection.channels ?? []) checks.push(await checkChannel(id));
    return checks;
  } finally {
    api.close();
  }

  async function checkChannel(id: string): Promise<DiscordCheck> {
    const name = `discord channel ${id}`;
    const channel = await api.channel(id);
    if (channel.kind !== 'done') {
      const mend = 'Check the id in threadrelay.yaml and give the bot "View Channel" there.';
      return failed(name, channel, mend);
    }
    const place = placeOf(channel.value);
    if (place.kind !== 'forum' && place.kind !== 'text') {
      const mend = 'Name a forum or a text channel in threadrelay.yaml.';
      return { name, ok: false, detail: 'it is neither a forum nor a text channel', mend };
    }
    const readable = await api.archivedThreads(id, null);
    if (readable.kind !== 'done') {
      return failed(name, readable, 'Give the bot "Read Message History" there.');
    }
    return passed(name, `${place.kind} ${place.name ?? ''}`.trim());
  }
}
