import type { Context, Interaction } from '../context.ts';
import { openDm } from '../dm.ts';
import { openPost } from '../forum-post.ts';
import type { Json } from '../json.ts';
import { mentionsIn } from '../mentions.ts';
import { edit, post, react, remove, removeMany, type } from '../message-actions.ts';
import { storeFile } from '../message-form.ts';
import { presentChannel, presentMember, presentMessage, presentUser } from '../present.ts';
import type { Channel } from '../world.ts';
import { channelTypes } from '../world.ts';

export type HumanFile = { filename: string; content: string | Uint8Array; contentType?: string };
export type Post = {
  forum: string;
  user: string;
  title: string;
  text: string;
  /** Ids of the forum's tags. */
  tags?: string[];
  attachments?: HumanFile[];
};
export type Saying = {
  channel: string;
  user: string;
  text: string;
  /** Id of the message it answers. */
  replyTo?: string;
  attachments?: HumanFile[];
};

/** What people do in channels: nothing of it is limited or refused. */
export function createPeople(ctx: Context) {
  const { world } = ctx;

  function store(channelId: string, files: HumanFile[] = []): Json[] {
    return files.map(({ filename, content, contentType = 'text/plain' }) => {
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      return storeFile(ctx, channelId, { filename, contentType, bytes });
    });
  }

  function existing(messageId: string) {
    const message = world.messages.get(messageId);
    if (!message || message.deletedAt !== undefined) throw new Error(`no message ${messageId}`);
    return message;
  }

  /** A reply mentions the author it answers, as the client's default is. */
  function sayIn(channel: Channel, wish: Omit<Saying, 'channel'>): { id: string } {
    const pings = mentionsIn(wish.text);
    if (wish.replyTo !== undefined) pings.userIds.push(existing(wish.replyTo).authorId);
    const message = post(ctx, {
      channel,
      authorId: wish.user,
      content: wish.text,
      pings: { ...pings, userIds: [...new Set(pings.userIds)] },
      referenceId: wish.replyTo,
      attachments: store(channel.id, wish.attachments),
    });
    return { id: message.id };
  }

  function startInteraction(
    interaction: Interaction,
    kind: number,
    data: Json,
  ): { id: string; token: string } {
    ctx.interactions.set(interaction.token, interaction);
    const channel = world.channel(interaction.channelId);
    const guild = channel.guildId === undefined ? undefined : world.guild(channel.guildId);
    const user = world.user(interaction.userId);
    const source = interaction.sourceMessageId ? world.messages.get(interaction.sourceMessageId) : undefined;
    ctx.emit({
      type: 'INTERACTION_CREATE',
      guildId: guild?.id,
      channelId: channel.id,
      data: {
        id: interaction.id,
        application_id: ctx.applicationId,
        type: kind,
        token: interaction.token,
        version: 1,
        channel_id: channel.id,
        channel: presentChannel(ctx, channel),
        locale: 'en-US',
        app_permissions: ctx.rolePermissions().toString(),
        entitlements: [],
        authorizing_integration_owners: { 0: guild?.id ?? '0' },
        context: guild ? 0 : 1,
        attachment_size_limit: ctx.settings.maxFileBytes,
        data,
        ...(source && { message: presentMessage(ctx, source) }),
        ...(guild
          ? {
              guild_id: guild.id,
              guild: { id: guild.id, locale: 'en-US', features: [] },
              guild_locale: 'en-US',
              member: { ...presentMember(ctx, guild, user), permissions: ctx.rolePermissions().toString() },
            }
          : { user: presentUser(user) }),
      },
    });
    return { id: interaction.id, token: interaction.token };
  }

  function newInteraction(
    channelId: string,
    userId: string,
    name: string,
    sourceMessageId?: string,
  ): Interaction {
    return {
      id: ctx.nextId(),
      token: ctx.nextSecret(),
      createdAt: ctx.clock.now(),
      channelId,
      userId,
      name,
      sourceMessageId,
      acknowledgedAt: undefined,
      responseId: undefined,
    };
  }

  return {
    createForumPost(wish: Post): { threadId: string; messageId: string } {
      const forum = world.channel(wish.forum);
      if (forum.type !== channelTypes.forum) throw new Error(`${wish.forum} is no forum`);
      const { thread, starter } = openPost(ctx, {
        forum,
        name: wish.title,
        appliedTags: wish.tags ?? [],
        autoArchiveMinutes: 4_320,
        draft: {
          channel: forum,
          authorId: wish.user,
          content: wish.text,
          pings: mentionsIn(wish.text),
          attachments: store(forum.id, wish.attachments),
        },
      });
      return { threadId: thread.id, messageId: starter.id };
    },
    say: (wish: Saying) => sayIn(world.channel(wish.channel), wish),
    dm(user: string, text: string): { id: string; channelId: string } {
      const channel = openDm(ctx, user);
      return { ...sayIn(channel, { user, text }), channelId: channel.id };
    },
    editMessage: (messageId: string, text: string) =>
      edit(ctx, existing(messageId), { content: text, pings: mentionsIn(text) }),
    deleteMessage: (messageId: string) => remove(ctx, existing(messageId)),
    deleteMessages: (channelId: string, messageIds: string[]) =>
      removeMany(ctx, world.channel(channelId), messageIds.map(existing)),
    react: (messageId: string, user: string, emoji: string) => react(ctx, existing(messageId), user, emoji),
    startTyping: (channelId: string, user: string) => type(ctx, world.channel(channelId), user),
    useCommand(wish: { channel: string; user: string; name: string; options?: Json[] }) {
      const interaction = newInteraction(wish.channel, wish.user, wish.name);
      const data = { id: ctx.nextId(), name: wish.name, type: 1, options: wish.options ?? [] };
      return startInteraction(interaction, 2, data);
    },
    clickButton(wish: { message: string; user: string; customId: string }) {
      const source = existing(wish.message);
      const interaction = newInteraction(source.channelId, wish.user, wish.customId, source.id);
      return startInteraction(interaction, 3, { custom_id: wish.customId, component_type: 2 });
    },
  };
}
