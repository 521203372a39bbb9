import type { Clock } from './clock.ts';
import type { PrivilegedIntent } from './intents.ts';
import type { Json } from './json.ts';
import type { Limiter } from './limits.ts';
import type { Message, World } from './world.ts';

/** Something for the gateway to send. `message` is given for events that carry text, which some sessions may not see. */
export type GatewayEvent = {
  type: string;
  data: Json;
  guildId?: string | undefined;
  channelId?: string | undefined;
  message?: Message | undefined;
};

/** A change of what people see, for listeners. `content` is the text after it. */
export type Change = {
  kind: 'created' | 'edited' | 'deleted' | 'thread' | 'typing';
  at: number;
  channelId: string;
  messageId: string | undefined;
  authorId: string | undefined;
  content: string;
};

/** What is not public about the platform's sizes, or what a test wants smaller. */
export type Settings = {
  maxActiveThreads: number;
  maxFileBytes: number;
  maxRequestBytes: number;
  /** How long the address of a file is good, in milliseconds. */
  fileAddressMs: number;
  /** How long a nonce is remembered, in milliseconds ("a few minutes" in the reference). */
  nonceMs: number;
  /** Whether events leave before or after the REST response that caused them; to widen the gap after an event, use the fault `accept-late`. */
  eventOrder: 'event-first' | 'response-first' | 'random';
  /** Which of a new forum post's two events leaves first. */
  starterOrder: 'thread-first' | 'message-first' | 'random';
};

/** What every part of the fake shares. */
export type Context = {
  world: World;
  clock: Clock;
  random: () => number;
  nextId: () => string;
  nextSecret: () => string;
  origin: () => string;
  token: string;
  applicationId: string;
  botUserId: string;
  rolePermissions: () => bigint;
  enabledIntents: () => PrivilegedIntent[];
  settings: Settings;
  limiter: Limiter;
  violations: string[];
  emit: (event: GatewayEvent) => void;
  changed: (change: Omit<Change, 'at'>) => void;
  interactions: Map<string, Interaction>;
};

/** An interaction in the hands of the bot. `responseId` is the message that `@original` names. */
export type Interaction = {
  id: string;
  token: string;
  createdAt: number;
  channelId: string;
  userId: string;
  name: string;
  sourceMessageId: string | undefined;
  acknowledgedAt: number | undefined;
  responseId: string | undefined;
};
