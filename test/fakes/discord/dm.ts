import type { Context } from './context.ts';
import type { Channel } from './world.ts';
import { channelTypes } from './world.ts';

/** The direct-message channel of the bot and a person; there is one, however often it is opened. */
export function openDm(ctx: Context, userId: string): Channel {
  const known = [...ctx.world.channels.values()].find((channel) => channel.recipientId === userId);
  if (known) return known;
  const channel: Channel = {
    id: ctx.nextId(),
    type: channelTypes.dm,
    name: '',
    topic: null,
    position: 0,
    guildId: undefined,
    parentId: null,
    tags: [],
    requiresTag: false,
    denied: 0n,
    recipientId: userId,
    lastMessageId: null,
    thread: undefined,
  };
  ctx.world.channels.set(channel.id, channel);
  return channel;
}
