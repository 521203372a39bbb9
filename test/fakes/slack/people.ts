import type { Clock } from './clock.ts';
import type { Conversation, TeamEvent } from './conversation.ts';
import { richText } from './event-shapes.ts';
import type { App } from './present.ts';
import type { Random } from './random.ts';
import {
  type Channel,
  type Message,
  newChannel,
  newMessage,
  openDirectMessage,
  type StoredFile,
  type User,
  type Workspace,
} from './state.ts';
import type { FakeFile, JsonObject, Saying } from './types.ts';

interface Dependencies {
  app: App;
  workspaces: readonly Workspace[];
  clock: Clock;
  random: Random;
  conversation: Conversation;
  dispatch(events: readonly TeamEvent[]): Promise<void>;
}

/** What people, and other bots, do in the fake's teams. Mistakes of a test are plain errors. */
export class People {
  readonly #dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  addChannel(options: {
    id?: string;
    name: string;
    isIm?: boolean;
    isPrivate?: boolean;
    isMember?: boolean;
    user?: string;
    teamId?: string;
  }): { id: string } {
    const { random, clock } = this.#dependencies;
    const workspace = this.#workspace(options.teamId);
    const kind: Channel['kind'] =
      options.isIm === true ? 'im' : options.isPrivate === true ? 'group' : 'channel';
    const channel = newChannel({
      id: options.id ?? random.id(kind === 'im' ? 'D' : 'C'),
      name: options.name,
      kind,
      user: options.user,
      member: options.isMember ?? true,
      now: clock.now(),
    });
    workspace.channels.set(channel.id, channel);
    return { id: channel.id };
  }

  addUser(
    options: { id?: string; name?: string; timeZone?: string; isBot?: boolean; teamId?: string } = {},
  ): User {
    const workspace = this.#workspace(options.teamId);
    const id = options.id ?? this.#dependencies.random.id('U');
    const name = options.name ?? `person-${workspace.users.size}`;
    const user: User = {
      id,
      name,
      realName: name,
      isBot: options.isBot ?? false,
      timeZone: options.timeZone ?? 'Etc/UTC',
    };
    workspace.users.set(id, user);
    return user;
  }

  /** The direct message of a person with our bot. */
  openDirectMessage(user: string): { id: string } {
    const { workspaces, random, clock } = this.#dependencies;
    const workspace = workspaces.find((candidate) => candidate.users.has(user));
    if (workspace === undefined) throw new Error(`No user ${user}`);
    return { id: openDirectMessage(workspace, user, random, clock.now()).id };
  }

  say(saying: Saying): { ts: string } {
    const { random, conversation } = this.#dependencies;
    const { workspace, channel } = this.findChannel(saying.channel);
    if (!workspace.users.has(saying.user)) throw new Error(`No user ${saying.user} in team ${workspace.id}`);
    const files = (saying.files ?? []).map((file) => this.#store(workspace, saying.user, file));
    const blocks =
      saying.withoutBlocks === true || saying.text === ''
        ? undefined
        : [richText(saying.text, random.id('b', 4))];
    const broadcast = saying.broadcast === true && saying.threadTs !== undefined;
    const message = newMessage({
      ts: workspace.nextTs(),
      channel: channel.id,
      user: saying.user,
      text: saying.text,
      blocks,
      files,
      threadTs: saying.threadTs,
      broadcast,
      subtype:
        saying.subtype ?? (broadcast ? 'thread_broadcast' : files.length > 0 ? 'file_share' : undefined),
      clientMsgId: random.uuid(),
    });
    this.#send(conversation.post(workspace, channel, message));
    return { ts: message.ts };
  }

  /** A post of some other app. */
  sayAsBot(saying: { channel: string; text: string; threadTs?: string; legacy?: boolean }): {
    ts: string;
    botId: string;
  } {
    const { random, conversation } = this.#dependencies;
    const { workspace, channel } = this.findChannel(saying.channel);
    const botId = random.id('B');
    const user = this.addUser({ isBot: true, name: 'other-bot', teamId: workspace.id });
    const message = newMessage({
      ts: workspace.nextTs(),
      channel: channel.id,
      user: user.id,
      botId,
      appId: random.id('A'),
      text: saying.text,
      threadTs: saying.threadTs,
      subtype: saying.legacy === true ? 'bot_message' : undefined,
    });
    this.#send(conversation.post(workspace, channel, message));
    return { ts: message.ts, botId };
  }

  editMessage(channelId: string, ts: string, text: string): void {
    const { conversation, random } = this.#dependencies;
    const { workspace, channel, message } = this.#findMessage(channelId, ts);
    const events = conversation.edit(workspace, channel, message, () => {
      message.text = text;
      message.markdown = undefined;
      if (message.blocks !== undefined) message.blocks = [richText(text, random.id('b', 4))];
      message.edited = { user: message.user, ts: workspace.nextTs() };
    });
    this.#send(events);
  }

  /** Anybody's message, the bot's too, as an administrator may. */
  deleteMessage(channelId: string, ts: string): void {
    const { workspace, channel, message } = this.#findMessage(channelId, ts);
    this.#send(this.#dependencies.conversation.delete(workspace, channel, message));
  }

  archiveChannel(channelId: string): void {
    const { workspace, channel } = this.findChannel(channelId);
    channel.archived = true;
    this.#announce(workspace, {
      type: 'channel_archive',
      channel: channel.id,
      user: this.#somebody(workspace),
    });
  }

  unarchiveChannel(channelId: string): void {
    const { workspace, channel } = this.findChannel(channelId);
    channel.archived = false;
    const user = this.#somebody(workspace);
    this.#announce(workspace, { type: 'channel_unarchive', channel: channel.id, user });
  }

  removeBot(channelId: string): void {
    const { workspace, channel } = this.findChannel(channelId);
    channel.member = false;
    const type = channel.kind === 'group' ? 'group_left' : 'channel_left';
    this.#announce(workspace, { type, channel: channel.id, actor_id: this.#somebody(workspace) });
  }

  inviteBot(channelId: string): void {
    const { workspace, channel } = this.findChannel(channelId);
    channel.member = true;
    this.#announce(workspace, {
      type: 'member_joined_channel',
      user: workspace.botUserId,
      channel: channel.id,
      channel_type: channel.kind === 'group' ? 'G' : 'C',
      team: workspace.id,
      inviter: this.#somebody(workspace),
    });
  }

  /** Opens the assistant container: a thread in the person's direct message, and `assistant_thread_started`. */
  openAssistantThread(user: string, context: JsonObject = {}): { channel: string; threadTs: string } {
    const { app, conversation } = this.#dependencies;
    const { workspace, channel } = this.findChannel(this.openDirectMessage(user).id);
    const root = newMessage({
      ts: workspace.nextTs(),
      channel: channel.id,
      user: workspace.botUserId,
      botId: workspace.botId,
      appId: app.id,
      text: 'New Assistant Thread',
      subtype: 'assistant_app_thread',
    });
    root.threadTs = root.ts;
    this.#send(conversation.post(workspace, channel, root));
    const thread = { user_id: user, channel_id: channel.id, thread_ts: root.ts, context };
    this.#announce(workspace, { type: 'assistant_thread_started', assistant_thread: thread });
    return { channel: channel.id, threadTs: root.ts };
  }

  findChannel(id: string): { workspace: Workspace; channel: Channel } {
    for (const workspace of this.#dependencies.workspaces) {
      const channel = workspace.channels.get(id);
      if (channel !== undefined) return { workspace, channel };
    }
    throw new Error(`No channel ${id}`);
  }

  #announce(workspace: Workspace, event: JsonObject): void {
    this.#send([{ workspace, event: { ...event, event_ts: workspace.nextTs() } }]);
  }

  #send(events: readonly TeamEvent[]): void {
    void this.#dependencies.dispatch(events);
  }

  #store(workspace: Workspace, user: string, file: FakeFile): StoredFile {
    const { random, clock } = this.#dependencies;
    const stored: StoredFile = {
      id: random.id('F'),
      name: file.name,
      mimetype: file.mimetype,
      content: Buffer.from(file.content),
      user,
      created: Math.floor(clock.now() / 1000),
    };
    workspace.files.set(stored.id, stored);
    return stored;
  }

  #findMessage(channelId: string, ts: string): { workspace: Workspace; channel: Channel; message: Message } {
    const found = this.findChannel(channelId);
    const message = found.channel.messages.get(ts);
    if (message === undefined) throw new Error(`No message ${ts} in channel ${channelId}`);
    return { ...found, message };
  }

  #somebody(workspace: Workspace): string {
    return [...workspace.users.values()].find((user) => !user.isBot)?.id ?? 'USLACKBOT';
  }

  #workspace(teamId: string | undefined): Workspace {
    const { workspaces } = this.#dependencies;
    const workspace =
      teamId === undefined ? workspaces[0] : workspaces.find((candidate) => candidate.id === teamId);
    if (workspace === undefined) throw new Error(`No team ${String(teamId)}`);
    return workspace;
  }
}
