import { type App, presentMessage } from './present.ts';
import type { Channel, Message, Workspace } from './state.ts';
import type { JsonObject } from './types.ts';

/** The `message` event of a post by a person or a bot. */
export function postedEvent(app: App, workspace: Workspace, channel: Channel, message: Message): JsonObject {
  const shape = presentMessage(app, workspace, channel, message);
  return { ...shape, channel: channel.id, event_ts: message.ts, channel_type: channel.kind };
}

/** The `app_mention` event of a post: the same post without what only `message` carries. */
export function mentionEvent(app: App, workspace: Workspace, channel: Channel, message: Message): JsonObject {
  const posted = Object.entries(postedEvent(app, workspace, channel, message));
  const onlyInMessage = new Set(['channel_type', 'subtype', 'parent_user_id', 'root']);
  return { ...Object.fromEntries(posted.filter(([key]) => !onlyInMessage.has(key))), type: 'app_mention' };
}

/** `message_changed` has no user at its top. */
export function changedEvent(
  channel: Channel,
  message: JsonObject,
  previous: JsonObject,
  ts: string,
): JsonObject {
  return {
    type: 'message',
    subtype: 'message_changed',
    message,
    previous_message: previous,
    channel: channel.id,
    hidden: true,
    ts,
    event_ts: ts,
    channel_type: channel.kind,
  };
}

export function deletedEvent(
  channel: Channel,
  previous: JsonObject,
  deletedTs: string,
  ts: string,
): JsonObject {
  return {
    type: 'message',
    subtype: 'message_deleted',
    previous_message: previous,
    channel: channel.id,
    hidden: true,
    deleted_ts: deletedTs,
    ts,
    event_ts: ts,
    channel_type: channel.kind,
  };
}

/** The rich_text block that a Slack client adds to what a person types. */
export function richText(text: string, blockId: string): JsonObject {
  const elements = text
    .split(/(<@[UW][A-Z0-9]+>)/)
    .filter((part) => part !== '')
    .map((part) =>
      /^<@[UW][A-Z0-9]+>$/.test(part)
        ? { type: 'user', user_id: part.slice(2, -1) }
        : { type: 'text', text: part },
    );
  return { type: 'rich_text', block_id: blockId, elements: [{ type: 'rich_text_section', elements }] };
}
