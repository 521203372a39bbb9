import type { Clock } from './clock.ts';
import type { MentionOrder } from './conversation.ts';
import type { Faults } from './faults.ts';
import type { ButtonWish } from './press-button.ts';
import type { RateLimits } from './rate-limits.ts';
import type { CommandWish } from './slash-command.ts';
import type { User } from './state.ts';
import type {
  ApiCall,
  DeliveryAttempt,
  DisconnectReason,
  JsonObject,
  MessageChange,
  Saying,
  TeamHandle,
  TeamOptions,
  VisibleMessage,
} from './types.ts';

export interface SlackFakeOptions {
  /** Teams in which the app is installed; default: one. */
  teams?: readonly TeamOptions[];
  /** Scopes of the bot tokens; default: `defaultScopes`. */
  scopes?: readonly string[];
  /** False: no rate limits. A record: calls a minute by method, over the published ones. Default: as Slack. */
  limits?: false | Readonly<Record<string, number>>;
  /** Default: the machine's time. */
  clock?: Clock;
  /** Decides ids, sockets and random orders; default 1. */
  seed?: number;
  /** Default: any free port. */
  port?: number;
  /** Given: events are POSTed there instead of going over Socket Mode; see also `useRequestUrl`. */
  requestUrl?: string;
  /** Unix milliseconds for request signatures; default: the machine's time, as the verifying side uses it. */
  signingTime?: () => number;
}

export interface SlackFake {
  /** Base of the Web API, for `slackApiUrl`: `http://127.0.0.1:<port>/api/`. */
  readonly url: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly appId: string;
  readonly botUserId: string;
  readonly botId: string;
  readonly teamId: string;
  /** All teams; the first is the one of the fields above. */
  readonly teams: readonly TeamHandle[];
  readonly clock: Clock;
  readonly limits: RateLimits;
  readonly faults: Faults;
  close(): Promise<void>;

  // What people do. Each returns at once; the events follow.
  addChannel(options: {
    id?: string;
    name: string;
    isIm?: boolean;
    isPrivate?: boolean;
    /** Whether the bot is in it; default true. */
    isMember?: boolean;
    /** The person of a direct message. */
    user?: string;
    teamId?: string;
  }): { id: string };
  addUser(options?: {
    id?: string;
    name?: string;
    timeZone?: string;
    isBot?: boolean;
    teamId?: string;
  }): User;
  openDirectMessage(user: string): { id: string };
  say(saying: Saying): { ts: string };
  /** A post of another app; `legacy` gives it the subtype `bot_message`. */
  sayAsBot(saying: { channel: string; text: string; threadTs?: string; legacy?: boolean }): {
    ts: string;
    botId: string;
  };
  editMessage(channel: string, ts: string, text: string): void;
  /** Deletes anybody's message. A parent with replies becomes a tombstone, told by `message_changed`. */
  deleteMessage(channel: string, ts: string): void;
  archiveChannel(channel: string): void;
  unarchiveChannel(channel: string): void;
  removeBot(channel: string): void;
  inviteBot(channel: string): void;
  openAssistantThread(user: string, context?: JsonObject): { channel: string; threadTs: string };
  /** A person presses a button. Resolves when the app has acknowledged it, or with false after three seconds. */
  pressButton(wish: ButtonWish): Promise<boolean>;
  /** A person writes a slash command. What the app acknowledged it with; null when it did not within three seconds. */
  useCommand(wish: CommandWish): Promise<JsonObject | null>;
  /** From now on the team's bot token (default: the first team's) answers `token_revoked` or `account_inactive`. */
  revokeToken(options?: { teamId?: string; error?: 'token_revoked' | 'account_inactive' }): void;
  setScopes(scopes: readonly string[], teamId?: string): void;
  /** Delivers any event of a team as it is. Resolves when the first attempt has settled. */
  emit(event: JsonObject, teamId?: string): Promise<void>;
  /** Which of `message` and `app_mention` is sent first; default message-first. Changing it takes effect at once. */
  mentionOrder: MentionOrder;

  // What people see.
  /** The thread as it is now, parent first; empty when the channel has neither. */
  thread(channel: string, ts: string): VisibleMessage[];
  /** Every message of the channel, replies too, oldest first. */
  messages(channel: string): VisibleMessage[];
  /** The assistant status shown in a thread; gone after two minutes or with the app's reply. */
  statusOf(channel: string, threadTs: string): string | undefined;
  onMessageChanged(listener: (change: MessageChange) => void): () => void;
  /** Changes from now on, until `signal` aborts. */
  changes(signal?: AbortSignal): AsyncGenerator<MessageChange>;

  // What was recorded.
  /** Every Web API call in order of arrival. */
  readonly history: readonly ApiCall[];
  callsOf(method: string): ApiCall[];
  /** Every attempt to deliver an event. */
  readonly deliveries: readonly DeliveryAttempt[];
  /** What a well-behaved app never does: `early-call`, `concurrent-edit`, `mention-ping`, each followed by what it was. */
  readonly violations: readonly string[];
  /** Resolves as soon as `holds()`; checked after everything that happens and every 20 ms. Rejects after `timeoutMs` (real time; 5,000). */
  until(description: string, holds: () => boolean, timeoutMs?: number): Promise<void>;

  // Transport of events.
  /** Sockets that are open and not told to go. */
  readonly connections: number;
  /** Sends `disconnect` to every socket. */
  disconnectSockets(reason: DisconnectReason): void;
  /** Ends every socket without a word. */
  cutSockets(): void;
  /** Verifies the URL with a challenge as Slack does, then sends events there. Rejects when it does not answer it. */
  useRequestUrl(requestUrl: string): Promise<void>;
  useSocketMode(): void;
}
