/** Scopes of the bot token, with what each is for; the manifest asks for exactly these. */
export const BOT_SCOPES = {
  'app_mentions:read': 'to hear when it is mentioned',
  'assistant:write': 'to show that it is thinking',
  'channels:history': 'to read public channels it is in',
  'channels:read': 'to know the names of public channels',
  'chat:write': 'to answer',
  commands: 'to show, correct and erase what is remembered of people',
  'files:read': 'to read files that are sent to it',
  'groups:history': 'to read private channels it is in',
  'groups:read': 'to know the names of private channels',
  'im:history': 'to read direct messages',
  'im:read': 'to find direct messages sent while it was away',
  'mpim:history': 'to read group messages it is in',
  'mpim:read': 'to find group messages sent while it was away',
  'users:read': 'to know the names of people',
} as const;

/** Commands that people write; the manifest declares exactly these. */
export const SLASH_COMMANDS = ['memories', 'forget'] as const;

/** Events that the app is told of; the manifest subscribes to exactly these. */
export const BOT_EVENTS = [
  'agent_session_stopped',
  'app_mention',
  'assistant_thread_context_changed',
  'assistant_thread_started',
  'channel_rename',
  'group_rename',
  'member_joined_channel',
  'message.channels',
  'message.groups',
  'message.im',
  'message.mpim',
] as const;
