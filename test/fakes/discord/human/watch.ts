import type { Change, Context } from '../context.ts';
import { messageFlags } from '../message-actions.ts';
import { signAddress } from '../signed-files.ts';
import type { Message, Revision, ThreadState } from '../world.ts';

/** A message as people see it now. */
export type SeenMessage = {
  id: string;
  channelId: string;
  authorId: string;
  fromBot: boolean;
  type: number;
  content: string;
  createdAt: number;
  editedAt: number | undefined;
  nonce: string | number | undefined;
  flags: number;
  replyTo: string | undefined;
  attachments: { filename: string; url: string; size: number }[];
  components: { [key: string]: unknown }[];
  reactions: string[];
};

/** Any message that ever was, also where it, or its channel, is gone. */
export type RecordedMessage = SeenMessage & {
  /** By the bot under test or by another. */
  authorIsBot: boolean;
  ephemeral: boolean;
  /** Epoch milliseconds; undefined while it stands. */
  deletedAt: number | undefined;
  channelExists: boolean;
};

export type SeenThread = {
  id: string;
  name: string;
  parentId: string | null;
  archived: boolean;
  locked: boolean;
  appliedTags: string[];
  ownerId: string;
};

function seen(ctx: Context, message: Message): SeenMessage {
  return {
    id: message.id,
    channelId: message.channelId,
    authorId: message.authorId,
    fromBot: message.authorId === ctx.botUserId,
    type: message.type,
    content: message.content,
    createdAt: message.createdAt,
    editedAt: message.editedAt,
    nonce: message.nonce,
    flags: message.flags,
    replyTo: message.referenceId,
    attachments: message.attachments.map((file) => ({
      filename: String(file['filename']),
      url: signAddress(ctx, String(file['url'])),
      size: Number(file['size']),
    })),
    components: message.components,
    reactions: [...message.reactions.keys()],
  };
}

/** Reading what stands on the platform, and waiting for it to change. */
export function createWatch(ctx: Context) {
  const { world } = ctx;
  const listeners = new Set<(change: Change) => void>();
  const waiting = new Set<() => void>();

  function nudge(): void {
    for (const check of waiting) check();
  }

  function until<T>(probe: () => T, timeoutMs = 5_000, what = 'the awaited change'): Promise<NonNullable<T>> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        waiting.delete(check);
        clearTimeout(timer);
        clearInterval(poll);
      };
      const check = () => {
        try {
          const value = probe();
          if (value === undefined || value === null || value === false) return;
          stop();
          resolve(value);
        } catch (error) {
          stop();
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`${what} did not come within ${timeoutMs} ms`));
      }, timeoutMs);
      const poll = setInterval(check, 20);
      waiting.add(check);
      check();
    });
  }

  function threadState(threadId: string): SeenThread | undefined {
    const channel = world.channels.get(threadId);
    const state: ThreadState | undefined = channel?.thread;
    if (!channel || !state) return undefined;
    const { archived, locked, appliedTags, ownerId } = state;
    return {
      id: channel.id,
      name: channel.name,
      parentId: channel.parentId,
      archived,
      locked,
      appliedTags,
      ownerId,
    };
  }

  return {
    nudge,
    publish(change: Change): void {
      for (const listener of listeners) listener(change);
      nudge();
    },
    api: {
      messages: (channelId: string): SeenMessage[] =>
        world
          .messagesOf(channelId)
          .filter((message) => (message.flags & messageFlags.ephemeral) === 0)
          .map((message) => seen(ctx, message)),
      botMessages: (channelId: string): SeenMessage[] =>
        world
          .messagesOf(channelId)
          .filter((message) => message.authorId === ctx.botUserId)
          .map((message) => seen(ctx, message)),
      everyMessage: (): RecordedMessage[] =>
        [...world.messages.values()].map((message) => ({
          ...seen(ctx, message),
          authorIsBot: world.users.get(message.authorId)?.bot === true,
          ephemeral: (message.flags & messageFlags.ephemeral) !== 0,
          deletedAt: message.deletedAt,
          channelExists: world.channels.has(message.channelId),
        })),
      revisions: (messageId: string): Revision[] => [...(world.messages.get(messageId)?.revisions ?? [])],
      thread: threadState,
      threads: (parentId: string): SeenThread[] =>
        [...world.channels.values()]
          .filter((channel) => channel.parentId === parentId)
          .flatMap((channel) => threadState(channel.id) ?? []),
      onChange(listener: (change: Change) => void): () => void {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      until,
    },
  };
}
