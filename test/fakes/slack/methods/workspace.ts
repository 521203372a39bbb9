import { isRecord, requiredString, structured } from '../arguments.ts';
import { presentFile, presentUser } from '../present.ts';
import { Refusal } from '../refusal.ts';
import { findChannel, type Method } from './method.ts';

const authTest: Method = {
  scopes: [],
  run({ app, workspace }) {
    return {
      url: `${app.origin}/`,
      team: workspace.name,
      user: workspace.users.get(workspace.botUserId)?.name,
      team_id: workspace.id,
      user_id: workspace.botUserId,
      bot_id: workspace.botId,
      is_enterprise_install: false,
    };
  },
};

const userInfo: Method = {
  scopes: ['users:read'],
  run({ workspace, args }) {
    const user = workspace.users.get(requiredString(args, 'user'));
    if (user === undefined) throw new Refusal('user_not_found');
    return { user: presentUser(workspace, user) };
  },
};

const botInfo: Method = {
  scopes: ['users:read'],
  run({ app, workspace, args }) {
    if (requiredString(args, 'bot') !== workspace.botId) throw new Refusal('bot_not_found');
    const bot = {
      id: workspace.botId,
      app_id: app.id,
      user_id: workspace.botUserId,
      name: app.name,
      deleted: false,
    };
    return { bot };
  },
};

const fileInfo: Method = {
  scopes: ['files:read'],
  run({ app, workspace, args }) {
    const file = workspace.files.get(requiredString(args, 'file'));
    if (file === undefined) throw new Refusal('file_not_found');
    return { file: presentFile(app, workspace, file) };
  },
};

const addReaction: Method = {
  scopes: ['reactions:write'],
  run({ workspace, args }) {
    const channel = findChannel(workspace, requiredString(args, 'channel'));
    const name = requiredString(args, 'name');
    if (!/^[a-z0-9_+'-]+(::skin-tone-[2-6])?$/.test(name)) throw new Refusal('invalid_name');
    const message = channel.messages.get(requiredString(args, 'timestamp'));
    if (message === undefined) throw new Refusal('message_not_found');
    if (!channel.member) throw new Refusal('not_in_channel');
    if (channel.archived) throw new Refusal('is_archived');
    const users = message.reactions.get(name) ?? new Set<string>();
    if (users.has(workspace.botUserId)) throw new Refusal('already_reacted');
    message.reactions.set(name, users.add(workspace.botUserId));
    return {};
  },
};

/** Slack takes at most this many messages to rotate through. */
const loadingMessagesLimit = 10;

const setStatus: Method = {
  scopes: ['assistant:write', 'chat:write'],
  run({ workspace, args, clock }) {
    const channel = findChannel(workspace, requiredString(args, 'channel_id'));
    const threadTs = requiredString(args, 'thread_ts');
    if (!channel.member) throw new Refusal('not_in_channel');
    if (!channel.messages.has(threadTs)) throw new Refusal('invalid_thread_ts');
    const text = args['status'];
    if (typeof text !== 'string') requiredString(args, 'status');
    const loading = structured(args, 'loading_messages', 'invalid_arguments');
    if (loading !== undefined && (!Array.isArray(loading) || loading.length > loadingMessagesLimit)) {
      throw new Refusal('invalid_arguments');
    }
    const key = `${channel.id}:${threadTs}`;
    if (text === '') workspace.statuses.delete(key);
    else workspace.statuses.set(key, { text: String(text), setAt: clock.now() });
    return {};
  },
};

const openView: Method = {
  scopes: [],
  run({ app, workspace, args, random }) {
    requiredString(args, 'trigger_id');
    const view = structured(args, 'view', 'invalid_arguments');
    if (!isRecord(view) || (view['type'] !== 'modal' && view['type'] !== 'home'))
      throw new Refusal('invalid_arguments');
    const { title } = view;
    if (!isRecord(title) || typeof title['text'] !== 'string' || title['text'].length > 24) {
      throw new Refusal('invalid_arguments');
    }
    const opened = {
      ...view,
      id: random.id('V'),
      team_id: workspace.id,
      app_id: app.id,
      hash: random.id('', 12),
    };
    return { view: opened };
  },
};

export const workspaceMethods: Readonly<Record<string, Method>> = {
  'assistant.threads.setStatus': setStatus,
  'auth.test': authTest,
  'bots.info': botInfo,
  'files.info': fileInfo,
  'reactions.add': addReaction,
  'users.info': userInfo,
  'views.open': openView,
};
