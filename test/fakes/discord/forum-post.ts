import type { Context } from './context.ts';
import type { Draft } from './message-actions.ts';
import { emitMessage, place } from './message-actions.ts';
import { announceThread, makeThread } from './thread-actions.ts';
import type { Channel, Message } from './world.ts';
import { channelTypes } from './world.ts';

export type NewPost = {
  forum: Channel;
  name: string;
  appliedTags: string[];
  autoArchiveMinutes: number;
  draft: Draft;
};

/** Opens a forum post. Its starter message has the thread's id; the two events leave in the order the settings say. */
export function openPost(ctx: Context, wish: NewPost): { thread: Channel; starter: Message } {
  const thread = makeThread(ctx, {
    id: ctx.nextId(),
    parent: wish.forum,
    name: wish.name,
    ownerId: wish.draft.authorId,
    type: channelTypes.publicThread,
    appliedTags: wish.appliedTags,
    autoArchiveMinutes: wish.autoArchiveMinutes,
  });
  const starter = place(ctx, { ...wish.draft, channel: thread, id: thread.id });
  const order = ctx.settings.starterOrder;
  const messageFirst = order === 'message-first' || (order === 'random' && ctx.random() < 0.5);
  if (messageFirst) emitMessage(ctx, 'MESSAGE_CREATE', starter);
  announceThread(ctx, thread);
  if (!messageFirst) emitMessage(ctx, 'MESSAGE_CREATE', starter);
  return { thread, starter };
}
