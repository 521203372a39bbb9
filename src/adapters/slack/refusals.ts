import type { PlatformRefusal } from '../../core/ports.ts';

/**
 * What an `{ok: false, error}` of Slack means for a write.
 * `again`: surely not done, may be repeated. `unsure`: may have been done. `limited`: too many calls.
 */
export type Verdict = PlatformRefusal | 'again' | 'unsure' | 'limited';

/** From the references of chat.postMessage, chat.update, chat.delete and conversations.replies. */
export const VERDICTS: Readonly<Record<string, Verdict>> = {
  message_not_found: 'message_gone',
  cant_broadcast_message: 'message_gone',
  thread_not_found: 'thread_gone',
  invalid_thread_ts: 'thread_gone',
  cannot_reply_to_message: 'thread_gone',

  restricted_action: 'locked',
  restricted_action_read_only_channel: 'locked',
  restricted_action_thread_locked: 'locked',
  restricted_action_thread_only_channel: 'locked',
  restricted_action_non_threadable_channel: 'locked',
  is_archived: 'archived',

  channel_not_found: 'no_access',
  not_in_channel: 'no_access',
  access_denied: 'no_access',
  no_permission: 'no_access',
  missing_scope: 'no_access',
  not_allowed_token_type: 'no_access',
  ekm_access_denied: 'no_access',
  team_access_not_granted: 'no_access',
  messages_tab_disabled: 'no_access',
  method_not_supported_for_channel_type: 'no_access',
  user_not_found: 'no_access',
  cannot_dm_bot: 'no_access',
  is_inactive: 'no_access',
  slack_connect_file_link_sharing_blocked: 'no_access',

  invalid_auth: 'bad_credentials',
  not_authed: 'bad_credentials',
  token_revoked: 'bad_credentials',
  token_expired: 'bad_credentials',
  account_inactive: 'bad_credentials',
  org_login_required: 'bad_credentials',
  user_removed_from_team: 'bad_credentials',
  team_disabled: 'bad_credentials',
  two_factor_setup_required: 'bad_credentials',

  msg_too_long: 'too_long',
  msg_blocks_too_long: 'too_long',

  cant_update_message: 'not_editable',
  cant_delete_message: 'not_editable',
  edit_window_closed: 'not_editable',

  no_text: 'invalid',
  invalid_blocks: 'invalid',
  invalid_blocks_format: 'invalid',
  invalid_arguments: 'invalid',
  invalid_arg_name: 'invalid',
  invalid_array_arg: 'invalid',
  invalid_charset: 'invalid',
  invalid_form_data: 'invalid',
  invalid_post_type: 'invalid',
  invalid_metadata_format: 'invalid',
  invalid_metadata_schema: 'invalid',
  metadata_too_large: 'invalid',
  missing_post_type: 'invalid',
  markdown_text_conflict: 'invalid',
  deprecated_endpoint: 'invalid',
  method_deprecated: 'invalid',
  unknown_method: 'invalid',

  streaming_state_conflict: 'again',
  team_added_to_org: 'again',
  request_timeout: 'again',
  update_failed: 'again',
  accesslimited: 'again',

  fatal_error: 'unsure',
  internal_error: 'unsure',
  service_unavailable: 'unsure',
  external_service_timeout: 'unsure',

  ratelimited: 'limited',
  rate_limited: 'limited',
  message_limit_exceeded: 'limited',
};

/** Sentences for people, one for each way in which a write can be refused. */
export const REFUSAL_SENTENCES: Readonly<Record<PlatformRefusal, string>> = {
  message_gone: 'The Slack message was deleted.',
  thread_gone: 'The Slack thread was deleted.',
  locked: 'Slack does not let the bot write in this channel or thread.',
  archived: 'The Slack channel is archived.',
  no_access: 'The bot is not in the Slack channel, or lacks a permission there.',
  bad_credentials: "Slack no longer accepts the bot's token.",
  too_long: 'Slack says that the message is too long.',
  not_editable: 'Slack does not let the bot change this message any more.',
  invalid: 'Slack did not understand the message.',
};
