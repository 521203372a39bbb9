import { createDiscordFake } from '../discord/index.ts';
import type { Room, Side } from './room.ts';

export type DiscordSide = Side & {
  /** A person opens a post in the forum. Answers with a sentence when there is no such forum or tag. */
  open(post: { forum: string; tags: readonly string[]; title: string; text: string }): Room | string;
};

/** Discord with the forum "help", its tags, and one person, Bea. */
export async function openDiscord(port: number): Promise<DiscordSide> {
  const discord = await createDiscordFake({ port });
  const user = discord.addUser({ name: 'Bea' });
  const forums = new Map([
    ['help', discord.addForum({ name: 'help', tags: ['billing', 'bug', 'question'] })],
  ]);
  const wire = (typed: string) => typed.replaceAll('@bot', `<@${discord.botUserId}>`);

  return {
    environment: { DISCORD_TOKEN: discord.token, DISCORD_API_URL: discord.apiUrl },
    open({ forum: name, tags, title, text }) {
      const forum = forums.get(name);
      if (forum === undefined)
        return `There is no forum "${name}"; there is ${[...forums.keys()].join(', ')}.`;
      const unknown = tags.find((tag) => forum.tags[tag] === undefined);
      if (unknown !== undefined)
        return `The forum has no tag "${unknown}"; it has ${Object.keys(forum.tags).join(', ')}.`;
      const ids = tags.flatMap((tag) => forum.tags[tag] ?? []);
      const { threadId } = discord.createForumPost({
        forum: forum.id,
        user,
        title,
        text: wire(text),
        tags: ids,
      });
      return {
        name: `discord ${name} "${title}"`,
        thread: threadId,
        say: (more) => void discord.say({ channel: threadId, user, text: wire(more) }),
        read: () =>
          discord.messages(threadId).map(({ fromBot, content }) => ({ isBot: fromBot, text: content })),
      };
    },
    onBotChange(listener) {
      discord.onChange(({ kind, channelId, messageId, authorId, content }) => {
        if (authorId !== discord.botUserId || messageId === undefined) return;
        const edits = discord.revisions(messageId).length - 1;
        if (kind === 'created') listener({ thread: channelId, kind: 'posted', edits, text: content });
        if (kind === 'edited' || kind === 'deleted')
          listener({ thread: channelId, kind, edits, text: content });
      });
    },
    violations: () => discord.violations,
    close: () => discord.close(),
  };
}
