import type { Activity } from './activity.ts';
import type { Clock } from './clock.ts';
import { changedEvent, deletedEvent, mentionEvent, postedEvent } from './event-shapes.ts';
import { type App, presentMessage, presentVisible } from './present.ts';
import type { Random } from './random.ts';
import { type Channel, type Message, repliesOf, type Workspace } from './state.ts';
import { visibleText } from './text.ts';
import type { JsonObject, MessageChange } from './types.ts';

/** An event of a team, not yet delivered. */
export interface TeamEvent {
  workspace: Workspace;
  event: JsonObject;
}

export type MentionOrder = 'message-first' | 'mention-first' | 'random';

interface Dependencies {
  app: App;
  clock: Clock;
  random: Random;
  activity: Activity;
}

/** Changes messages and says which events follow from it; delivering them is the caller's. */
export class Conversation {
  mentionOrder: MentionOrder = 'message-first';
  readonly #dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  post(workspace: Workspace, channel: Channel, message: Message): TeamEvent[] {
    const { app, random } = this.#dependencies;
    channel.messages.set(message.ts, message);
    this.#revise(message);
    this.#report('posted', message);
    if (message.botId === workspace.botId && message.threadTs !== undefined) {
      // A reply of the app clears its status.
      workspace.statuses.delete(`${channel.id}:${message.threadTs}`);
    }
    if (!channel.member) return [];
    const events = this.#read(workspace, channel, [postedEvent(app, workspace, channel, message)]);
    const mentioned =
      channel.kind !== 'im' &&
      message.user !== workspace.botUserId &&
      message.text.includes(`<@${workspace.botUserId}`);
    if (mentioned && workspace.scopes.has('app_mentions:read')) {
      events.push({ workspace, event: mentionEvent(app, workspace, channel, message) });
      const turned =
        this.mentionOrder === 'random' ? random.integer(2) === 1 : this.mentionOrder === 'mention-first';
      if (turned) events.reverse();
    }
    return events;
  }

  /** Applies `change` to the message and keeps the revision. */
  edit(workspace: Workspace, channel: Channel, message: Message, change: () => void): TeamEvent[] {
    const { app } = this.#dependencies;
    const previous = presentMessage(app, workspace, channel, message);
    change();
    this.#revise(message);
    this.#report('edited', message);
    const current = presentMessage(app, workspace, channel, message);
    return this.#changed(workspace, channel, current, previous);
  }

  /** A deleted parent of replies stays as a tombstone, which is a `message_changed`; anything else is gone. */
  delete(workspace: Workspace, channel: Channel, message: Message): TeamEvent[] {
    const { app } = this.#dependencies;
    const previous = presentMessage(app, workspace, channel, message);
    if (repliesOf(channel, message.ts).length > 0) {
      Object.assign(message, {
        text: 'This message was deleted.',
        subtype: 'tombstone',
        user: 'USLACKBOT',
        markdown: undefined,
        blocks: undefined,
        files: [],
        botId: undefined,
        metadata: undefined,
        clientMsgId: undefined,
      });
      this.#report('deleted', message);
      const current = { ...presentMessage(app, workspace, channel, message), hidden: true };
      return this.#changed(workspace, channel, current, previous);
    }
    channel.messages.delete(message.ts);
    this.#report('deleted', message);
    if (!channel.member) return [];
    return this.#read(workspace, channel, [deletedEvent(channel, previous, message.ts, workspace.nextTs())]);
  }

  #changed(workspace: Workspace, channel: Channel, current: JsonObject, previous: JsonObject): TeamEvent[] {
    if (!channel.member) return [];
    return this.#read(workspace, channel, [changedEvent(channel, current, previous, workspace.nextTs())]);
  }

  /** Message events reach only an app that may read the history of such a channel. */
  #read(workspace: Workspace, channel: Channel, events: JsonObject[]): TeamEvent[] {
    if (!workspace.scopes.has(historyScope(channel))) return [];
    return events.map((event) => ({ workspace, event }));
  }

  #revise(message: Message): void {
    const at = this.#dependencies.clock.now();
    message.revisions.push({ at, text: message.text, visible: visibleText(message) });
  }

  #report(kind: MessageChange['kind'], message: Message): void {
    const { activity, clock } = this.#dependencies;
    activity.changed({ kind, at: clock.now(), message: presentVisible(message) });
  }
}

/** `channels:history`, `groups:history`, `im:history` or `mpim:history`. */
export function historyScope(channel: Channel): string {
  return `${scopeFamily(channel)}:history`;
}

/** `channels:read` and so on. */
export function readScope(channel: Channel): string {
  return `${scopeFamily(channel)}:read`;
}

function scopeFamily(channel: Channel): string {
  return channel.kind === 'channel' ? 'channels' : channel.kind === 'group' ? 'groups' : channel.kind;
}
