import type { Json } from './json.ts';

/** Channel types of Discord that the fake knows. */
export const channelTypes = {
  text: 0,
  dm: 1,
  announcement: 5,
  publicThread: 11,
  privateThread: 12,
  forum: 15,
};

export type User = {
  id: string;
  username: string;
  bot: boolean;
  acceptsDms: boolean;
  roles?: readonly string[];
};
export type Guild = { id: string; name: string; ownerId: string; createdAt: number; botPresent: boolean };
export type Tag = { id: string; name: string };

export type ThreadState = {
  ownerId: string;
  archived: boolean;
  locked: boolean;
  autoArchiveMinutes: number;
  archivedAt: number;
  createdAt: number;
  appliedTags: string[];
  memberIds: Set<string>;
  messageCount: number;
  totalSent: number;
};

export type Channel = {
  id: string;
  type: number;
  name: string;
  topic: string | null;
  position: number;
  guildId: string | undefined;
  parentId: string | null;
  tags: Tag[];
  requiresTag: boolean;
  denied: bigint;
  recipientId: string | undefined;
  lastMessageId: string | null;
  thread: ThreadState | undefined;
};

/** One state of a message's text; the first is the post, each further an edit. `at` is epoch milliseconds. */
export type Revision = { at: number; content: string };

export type Message = {
  id: string;
  channelId: string;
  authorId: string;
  type: number;
  content: string;
  createdAt: number;
  editedAt: number | undefined;
  nonce: string | number | undefined;
  flags: number;
  tts: boolean;
  attachments: Json[];
  embeds: Json[];
  components: Json[];
  mentionIds: string[];
  mentionRoleIds: string[];
  mentionsEveryone: boolean;
  referenceId: string | undefined;
  referenceChannelId: string | undefined;
  startedThreadId: string | undefined;
  interactionId: string | undefined;
  reactions: Map<string, Set<string>>;
  revisions: Revision[];
  deletedAt: number | undefined;
};

/** Everything that exists on the fake platform. Deleted messages stay, marked, so that tests can read their revisions. */
export class World {
  readonly users = new Map<string, User>();
  readonly guilds = new Map<string, Guild>();
  readonly channels = new Map<string, Channel>();
  readonly messages = new Map<string, Message>();
  readonly files = new Map<string, { bytes: Uint8Array; contentType: string }>();
  private readonly byChannel = new Map<string, Message[]>();

  add(message: Message): void {
    this.messages.set(message.id, message);
    const list = this.byChannel.get(message.channelId);
    if (list) list.push(message);
    else this.byChannel.set(message.channelId, [message]);
  }

  /** The channel's messages that were not deleted, oldest first. */
  messagesOf(channelId: string): Message[] {
    return (this.byChannel.get(channelId) ?? []).filter((message) => message.deletedAt === undefined);
  }

  /** The message if it is in the channel and not deleted. */
  messageIn(channelId: string, messageId: string): Message | undefined {
    const message = this.messages.get(messageId);
    if (message?.channelId !== channelId || message.deletedAt !== undefined) return undefined;
    return message;
  }

  user(id: string): User {
    const user = this.users.get(id);
    if (!user) throw new Error(`no user ${id}`);
    return user;
  }

  guild(id: string): Guild {
    const guild = this.guilds.get(id);
    if (!guild) throw new Error(`no guild ${id}`);
    return guild;
  }

  channel(id: string): Channel {
    const channel = this.channels.get(id);
    if (!channel) throw new Error(`no channel ${id}`);
    return channel;
  }

  /** A thread's parent, any other channel itself: where permissions are kept. */
  permissionHolder(channel: Channel): Channel {
    return channel.thread && channel.parentId ? this.channel(channel.parentId) : channel;
  }

  /** Threads of a guild that are not archived, newest first. */
  activeThreads(guildId: string): Channel[] {
    return [...this.channels.values()]
      .filter((channel) => channel.guildId === guildId && channel.thread && !channel.thread.archived)
      .sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? 1 : -1));
  }
}
