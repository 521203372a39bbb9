import { sanitiseText } from '../../core/rendering/sanitise.ts';

/** What turns ids in a text into names. All are optional but the bot: an unknown id becomes a plain word. */
export type Names = {
  botId: string | null;
  mentions?: readonly { id: string; username: string; global_name?: string | null }[];
  channelName?: (id: string) => string | null;
  roleName?: (id: string) => string | null;
  /** The bot's own managed role: mentioning it is mentioning the bot. */
  botRoleId?: string | null;
};

/**
 * A message's text as a person reads it: the bot's mention removed, other mentions and custom emoji as names,
 * timestamps kept, what no store or model should see (null bytes, lone surrogates) cleaned.
 */
export function readableText(content: string, names: Names): string {
  const people = new Map(names.mentions?.map((user) => [user.id, user.global_name ?? user.username]));
  const text = content
    .replace(/<@!?(\d+)>/g, (_, id: string) => (id === names.botId ? '' : `@${people.get(id) ?? 'someone'}`))
    .replace(/<@&(\d+)>/g, (_, id: string) =>
      id === names.botRoleId ? '' : `@${names.roleName?.(id) ?? 'role'}`,
    )
    .replace(/<#(\d+)>/g, (_, id: string) => `#${names.channelName?.(id) ?? 'channel'}`)
    .replace(/<a?(:\w+:)\d+>/g, '$1')
    .replace(/<\/([^:>\n]+):\d+>/g, '/$1');
  // A removed mention leaves its space: at the start of a line, and doubled between two words.
  const tidy = text === content ? text : text.replace(/^[ \t]+/, '').replace(/(\S)[ \t]{2,}(?=\S)/g, '$1 ');
  return sanitiseText(tidy).trim();
}

/** Whether the text calls the bot, by name or by its managed role. */
export function mentionsBot(content: string, botId: string, botRoleId: string | null): boolean {
  if (content.includes(`<@${botId}>`) || content.includes(`<@!${botId}>`)) return true;
  return botRoleId !== null && content.includes(`<@&${botRoleId}>`);
}
