import type { Clock } from './clock.ts';
import type { Random } from './random.ts';
import type { JsonObject, MessageMetadata, Revision } from './types.ts';

export interface Channel {
  id: string;
  name: string;
  kind: 'channel' | 'group' | 'im' | 'mpim';
  /** The person at the other end of a direct message. */
  user: string | undefined;
  archived: boolean;
  /** Whether our bot is in it. */
  member: boolean;
  /** By ts, in the order of posting. */
  messages: Map<string, Message>;
  created: number;
}

export interface User {
  id: string;
  name: string;
  realName: string;
  isBot: boolean;
  timeZone: string;
}

export interface Message {
  ts: string;
  channel: string;
  user: string;
  botId: string | undefined;
  appId: string | undefined;
  text: string;
  markdown: string | undefined;
  blocks: JsonObject[] | undefined;
  attachments: JsonObject[] | undefined;
  metadata: MessageMetadata | undefined;
  threadTs: string | undefined;
  broadcast: boolean;
  subtype: string | undefined;
  files: StoredFile[];
  clientMsgId: string | undefined;
  edited: { user: string; ts: string } | undefined;
  reactions: Map<string, Set<string>>;
  streamStartedAt: number | undefined;
  revisions: Revision[];
}

export interface StoredFile {
  id: string;
  name: string;
  mimetype: string;
  content: Buffer;
  user: string;
  created: number;
}

/** One team in which the app is installed. */
export class Workspace {
  readonly id: string;
  readonly name: string;
  readonly botUserId: string;
  readonly botId: string;
  readonly botToken: string;
  readonly channels = new Map<string, Channel>();
  readonly users = new Map<string, User>();
  readonly files = new Map<string, StoredFile>();
  /** Assistant statuses by `channel:thread_ts`. */
  readonly statuses = new Map<string, { text: string; setAt: number }>();
  scopes: Set<string>;
  tokenState: 'active' | 'token_revoked' | 'account_inactive' = 'active';
  readonly #clock: Clock;
  #lastMicroseconds = 0;

  constructor(
    identity: { id: string; name: string; scopes: readonly string[] },
    dependencies: { clock: Clock; random: Random },
  ) {
    const { clock, random } = dependencies;
    this.id = identity.id;
    this.name = identity.name;
    this.scopes = new Set(identity.scopes);
    this.botUserId = random.id('U');
    this.botId = random.id('B');
    this.botToken = ['xoxb', 'fake', identity.id, random.id('', 24)].join('-');
    this.#clock = clock;
    this.users.set(this.botUserId, {
      id: this.botUserId,
      name: 'threadrelay',
      realName: 'threadrelay',
      isBot: true,
      timeZone: 'Etc/UTC',
    });
  }

  /** A ts later than every ts given before: seconds and microseconds. */
  nextTs(): string {
    this.#lastMicroseconds = Math.max(this.#clock.now() * 1000, this.#lastMicroseconds + 1);
    const seconds = Math.floor(this.#lastMicroseconds / 1e6);
    return `${seconds}.${String(this.#lastMicroseconds % 1e6).padStart(6, '0')}`;
  }
}

/** Replies of a thread without its parent, oldest first. */
export function repliesOf(channel: Channel, threadTs: string): Message[] {
  return [...channel.messages.values()].filter(
    (message) => message.threadTs === threadTs && message.ts !== threadTs,
  );
}

/** The direct message with a person, opened when there is none. */
export function openDirectMessage(workspace: Workspace, user: string, random: Random, now: number): Channel {
  const open = [...workspace.channels.values()].find(
    (channel) => channel.kind === 'im' && channel.user === user,
  );
  if (open !== undefined) return open;
  const channel = newChannel({ id: random.id('D'), name: user, kind: 'im', user, member: true, now });
  workspace.channels.set(channel.id, channel);
  return channel;
}

export function newChannel(options: {
  id: string;
  name: string;
  kind: Channel['kind'];
  user: string | undefined;
  member: boolean;
  now: number;
}): Channel {
  const { now, ...rest } = options;
  return { ...rest, archived: false, messages: new Map(), created: Math.floor(now / 1000) };
}

export function newMessage(
  fields: Pick<Message, 'ts' | 'channel' | 'user' | 'text'> & Partial<Message>,
): Message {
  return {
    botId: undefined,
    appId: undefined,
    markdown: undefined,
    blocks: undefined,
    attachments: undefined,
    metadata: undefined,
    threadTs: undefined,
    broadcast: false,
    subtype: undefined,
    files: [],
    clientMsgId: undefined,
    edited: undefined,
    reactions: new Map(),
    streamStartedAt: undefined,
    revisions: [],
    ...fields,
  };
}
