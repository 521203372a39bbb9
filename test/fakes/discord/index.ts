import type { Change, Settings } from './context.ts';
import type { FaultRule } from './faults.ts';
import type { Chaos, EventMatch } from './gateway/event-faults.ts';
import type { GatewayOptions } from './gateway/gateway.ts';
import type { HumanFile, Post, Saying } from './human/people.ts';
import type { Forum, ForumOptions } from './human/places.ts';
import type { RecordedMessage, SeenMessage, SeenThread } from './human/watch.ts';
import type { PrivilegedIntent } from './intents.ts';
import type { Json } from './json.ts';
import type { Limits } from './limits.ts';
import type { Permission } from './permissions.ts';
import type { RestCall } from './rest/server.ts';
import type { Revision } from './world.ts';

export { createDiscordFake } from './create.ts';
export type {
  Change,
  Chaos,
  EventMatch,
  FaultRule,
  Forum,
  ForumOptions,
  GatewayOptions,
  HumanFile,
  Limits,
  Permission,
  Post,
  PrivilegedIntent,
  RecordedMessage,
  RestCall,
  Revision,
  Saying,
  SeenMessage,
  SeenThread,
  Settings,
};
export type { Effect, FaultCall } from './faults.ts';
export type { Limit } from './limits.ts';

export type DiscordFakeOptions = {
  /** TCP port on 127.0.0.1; 0 (the default) takes a free one. */
  port?: number;
  /** Token the bot has to present; a made-up one by default. */
  token?: string;
  botName?: string;
  guildName?: string;
  /** Privileged intents that are on in the developer portal; all by default. */
  enabledIntents?: PrivilegedIntent[];
  /** What the bot's role may do; by default the usual without any `MANAGE_…`. */
  permissions?: Permission[];
  /** Rate limits that differ from {@link Limits}' usual ones. */
  limits?: Partial<Limits>;
  settings?: Partial<Settings>;
  /** Heartbeat 41,250 ms, `maxConcurrency` 1, `identifyWindowMs` 0 (not enforced), one shard, 2,500 guilds a shard. */
  gateway?: Partial<GatewayOptions>;
  /** Source of epoch milliseconds; the real clock by default. `advance` adds to it. */
  now?: () => number;
  /** Seed of everything random: chances of faults, random orders. */
  seed?: number;
};

/**
 * A Discord on loopback. discord.js takes it with `rest: {api: fake.apiUrl}` and `client.login(fake.token)`.
 * All ids are snowflakes of the fake's clock; all times are epoch milliseconds of that clock.
 */
export interface DiscordFake {
  /** `http://127.0.0.1:PORT/api`; discord.js adds `/v10`. */
  readonly apiUrl: string;
  readonly token: string;
  readonly applicationId: string;
  readonly botUserId: string;
  /** The guild that exists from the start. */
  readonly guildId: string;
  /** Stops the server and cuts all connections. */
  close(): Promise<void>;

  /** The fake's time. */
  now(): number;
  /** Pushes the fake's time forward, so that windows pass; real timers are not touched. */
  advance(ms: number): void;

  /** A guild with the bot in it; GUILD_CREATE is sent. */
  addGuild(options?: { name?: string; ownerId?: string }): string;
  /** Throws the bot out of the guild: GUILD_DELETE, then 50001 and 10004 to its calls. */
  removeBot(guildId?: string): void;
  /** Takes the bot back in: GUILD_CREATE. */
  inviteBot(guildId?: string): void;
  /** A forum channel; its tags are given by name. */
  addForum(options?: ForumOptions): Forum;
  addTextChannel(options?: { name?: string; guild?: string }): string;
  /** A person (or another bot) who is a member of every guild. */
  addUser(options?: {
    name?: string;
    bot?: boolean;
    acceptsDms?: boolean;
    roles?: readonly string[];
  }): string;

  /** A person opens a forum post. `messageId` equals `threadId`. */
  createForumPost(post: Post): { threadId: string; messageId: string };
  /** A person posts in a channel or thread. `<@ID>` in the text fills `mentions`; an archived thread wakes. */
  say(saying: Saying): { id: string };
  /** A person writes to the bot. */
  dm(user: string, text: string): { id: string; channelId: string };
  editMessage(messageId: string, text: string): void;
  deleteMessage(messageId: string): void;
  /** Deletes several messages with one MESSAGE_DELETE_BULK. */
  deleteMessages(channelId: string, messageIds: string[]): void;
  react(messageId: string, user: string, emoji: string): void;
  startTyping(channelId: string, user: string): void;
  /** A person uses a slash command: INTERACTION_CREATE of type 2. */
  useCommand(wish: { channel: string; user: string; name: string; options?: Json[] }): {
    id: string;
    token: string;
  };
  /** A person presses a button of a message: INTERACTION_CREATE of type 3. */
  clickButton(wish: { message: string; user: string; customId: string }): { id: string; token: string };

  archive(threadId: string): void;
  unarchive(threadId: string): void;
  /** Locks a thread, and archives it when asked ("close and lock" in the client). */
  lock(threadId: string, options?: { archive?: boolean }): void;
  unlock(threadId: string): void;
  rename(channelId: string, name: string): void;
  setTags(threadId: string, tagIds: string[]): void;
  deleteThread(threadId: string): void;
  deleteChannel(channelId: string): void;
  /** Takes permissions in a channel (a thread's parent) from the bot; without a list VIEW_CHANNEL, which makes 50001. */
  denyPermissions(channelId: string, permissions?: Permission[]): void;
  /** Gives back what was denied; a channel that becomes visible again sends THREAD_LIST_SYNC. */
  allowPermissions(channelId: string): void;

  /** What stands in the channel now, oldest first. */
  messages(channelId: string): SeenMessage[];
  /** The bot's messages among them, ephemeral ones too. */
  botMessages(channelId: string): SeenMessage[];
  /** Every message that anybody ever wrote, in the order of posting, deleted ones too. */
  everyMessage(): RecordedMessage[];
  /** Every text the message has had, deleted or not; the first is the post. */
  revisions(messageId: string): Revision[];
  thread(threadId: string): SeenThread | undefined;
  threads(parentId: string): SeenThread[];
  /** Called at each change people would see; the result ends it. */
  onChange(listener: (change: Change) => void): () => void;
  /** Resolves with the probe's first value that is neither false, null nor undefined; rejects after `timeoutMs` (5,000). */
  until<T>(probe: () => T, timeoutMs?: number, what?: string): Promise<NonNullable<T>>;

  /** Every REST call in the order of arrival. */
  readonly history: readonly RestCall[];
  /** The calls of one route, as `POST /channels/:channel/messages`. */
  calls(route: string): RestCall[];
  /** What a well-behaved bot never does: calls before it may, pings, getting banned. Empty when all is well. */
  readonly violations: string[];
  /** 401, 403 and 429 (not shared) of the last ten minutes. */
  invalidRequests(): number;
  /** The limits in force; writing to it changes them. */
  readonly limits: Limits;
  /** The settings in force; writing to it changes them. */
  readonly settings: Settings;
  /** Changes which privileged intents are on. */
  setEnabledIntents(intents: PrivilegedIntent[]): void;

  /** Arms a fault of REST calls; the result disarms it. */
  fault(rule: FaultRule): () => void;

  readonly gateway: {
    /** Connections with a session. */
    connected(): number;
    /** How often bots identified and resumed. */
    counts(): { identified: number; resumed: number };
    /** Cuts all connections; resumable unless told otherwise. A `code` closes with it instead of cutting. */
    drop(options?: { resumable?: boolean; code?: number }): void;
    /** Cuts all connections and keeps new ones waiting for their handshake until `goOnline`. */
    goOffline(options?: { resumable?: boolean }): void;
    goOnline(): void;
    /** Op 7. */
    askToReconnect(): void;
    /** Op 9; not resumable loses what was not delivered. */
    invalidate(resumable: boolean): void;
    /** Stops or restarts acknowledging heartbeats. */
    setAcknowledging(on: boolean): void;
    /** The next `times` (1) events that match are never sent. */
    lose(match: EventMatch, times?: number): void;
    /** They are sent twice. */
    duplicate(match: EventMatch, times?: number): void;
    /** They are sent after the event that follows them. */
    postpone(match: EventMatch, times?: number): void;
    /** Sends postponed events that no other event followed. */
    releasePostponed(): void;
    /** Loses, doubles and reorders by chance, from the seed. */
    setChaos(chaos: Chaos): void;
    /** Sends any event as it is. */
    send(event: { type: string; data: Json; guildId?: string; channelId?: string }): void;
  };
}
