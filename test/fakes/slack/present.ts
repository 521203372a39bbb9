import {
  type Channel,
  type Message,
  repliesOf,
  type StoredFile,
  type User,
  type Workspace,
} from './state.ts';
import { visibleText } from './text.ts';
import type { JsonObject, VisibleMessage } from './types.ts';

export interface App {
  id: string;
  name: string;
  /** Where files are served, without a trailing slash. */
  origin: string;
}

/** A message as the API returns it. Metadata only where the method gives it. */
export function presentMessage(
  app: App,
  workspace: Workspace,
  channel: Channel,
  message: Message,
  options: { withMetadata: boolean } = { withMetadata: false },
): JsonObject {
  const replies =
    message.threadTs === undefined || message.threadTs === message.ts ? repliesOf(channel, message.ts) : [];
  const parent = message.threadTs === undefined ? undefined : channel.messages.get(message.threadTs);
  return compact({
    type: 'message',
    subtype: message.subtype,
    user: message.user,
    ts: message.ts,
    client_msg_id: message.clientMsgId,
    bot_id: message.botId,
    app_id: message.appId,
    bot_profile: message.botId === undefined ? undefined : botProfile(app, workspace, message),
    text: message.text,
    team: workspace.id,
    blocks: message.blocks,
    attachments: message.attachments,
    files:
      message.files.length === 0 ? undefined : message.files.map((file) => presentFile(app, workspace, file)),
    upload: message.files.length === 0 ? undefined : false,
    thread_ts: replies.length > 0 ? message.ts : message.threadTs,
    parent_user_id: parent === undefined || parent === message ? undefined : parent.user,
    root:
      message.broadcast && parent !== undefined ? presentMessage(app, workspace, channel, parent) : undefined,
    reply_count: replies.length === 0 ? undefined : replies.length,
    reply_users_count: replies.length === 0 ? undefined : new Set(replies.map((reply) => reply.user)).size,
    reply_users: replies.length === 0 ? undefined : [...new Set(replies.map((reply) => reply.user))],
    latest_reply: replies.at(-1)?.ts,
    edited: message.edited,
    reactions: presentReactions(message),
    streaming_state: message.streamStartedAt === undefined ? undefined : 'in_progress',
    metadata: options.withMetadata ? message.metadata : undefined,
  });
}

function presentReactions(message: Message): JsonObject[] | undefined {
  if (message.reactions.size === 0) return undefined;
  return [...message.reactions].map(([name, users]) => ({ name, users: [...users], count: users.size }));
}

function botProfile(app: App, workspace: Workspace, message: Message): JsonObject {
  return {
    id: message.botId,
    app_id: message.appId ?? app.id,
    name: workspace.users.get(message.user)?.name ?? 'bot',
    deleted: false,
    team_id: workspace.id,
  };
}

export function presentFile(app: App, workspace: Workspace, file: StoredFile): JsonObject {
  const path = `${app.origin}/files-pri/${workspace.id}-${file.id}`;
  return {
    id: file.id,
    created: file.created,
    timestamp: file.created,
    name: file.name,
    title: file.name,
    mimetype: file.mimetype,
    filetype: file.name.split('.').at(-1) ?? 'binary',
    user: file.user,
    user_team: workspace.id,
    mode: 'hosted',
    is_external: false,
    is_public: true,
    size: file.content.length,
    url_private: `${path}/${encodeURIComponent(file.name)}`,
    url_private_download: `${path}/download/${encodeURIComponent(file.name)}`,
    file_access: 'visible',
  };
}

export function presentChannel(workspace: Workspace, channel: Channel): JsonObject {
  const common = {
    id: channel.id,
    created: channel.created,
    is_archived: channel.archived,
    is_im: channel.kind === 'im',
    is_org_shared: false,
    context_team_id: workspace.id,
  };
  if (channel.kind === 'im') return { ...common, user: channel.user, is_open: true };
  return {
    ...common,
    name: channel.name,
    name_normalized: channel.name.toLowerCase(),
    is_channel: channel.kind === 'channel',
    is_group: channel.kind === 'group',
    is_mpim: channel.kind === 'mpim',
    is_private: channel.kind !== 'channel',
    is_general: channel.name === 'general',
    is_member: channel.member,
    topic: { value: '', creator: '', last_set: 0 },
    purpose: { value: '', creator: '', last_set: 0 },
  };
}

export function presentUser(workspace: Workspace, user: User): JsonObject {
  return {
    id: user.id,
    team_id: workspace.id,
    name: user.name,
    real_name: user.realName,
    deleted: false,
    tz: user.timeZone,
    is_bot: user.isBot,
    is_app_user: false,
    profile: compact({
      real_name: user.realName,
      display_name: user.name,
      bot_id: user.id === workspace.botUserId ? workspace.botId : undefined,
    }),
  };
}

/** A message as a test or the demo looks at it. */
export function presentVisible(message: Message): VisibleMessage {
  return {
    ts: message.ts,
    channel: message.channel,
    threadTs: message.threadTs,
    user: message.user,
    botId: message.botId,
    text: message.text,
    visible: visibleText(message),
    blocks: message.blocks,
    metadata: message.metadata,
    subtype: message.subtype,
    streaming: message.streamStartedAt !== undefined,
    revisions: [...message.revisions],
  };
}

/** Without the keys whose value is undefined, and apart from the state it came from. */
function compact(value: JsonObject): JsonObject {
  return structuredClone(Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)));
}
