import type { CallArguments } from './arguments.ts';

export type JsonObject = Record<string, unknown>;

export interface MessageMetadata {
  event_type: string;
  event_payload: JsonObject;
}

/** What a message said after its post or after one edit. */
export interface Revision {
  at: number;
  text: string;
  /** What a person reads: Markdown, the blocks' texts, or the text with entities decoded. */
  visible: string;
}

/** A message as a person sees it now. */
export interface VisibleMessage {
  ts: string;
  channel: string;
  threadTs: string | undefined;
  user: string;
  /** Set on messages of bots, ours and others. */
  botId: string | undefined;
  /** The `text` field as the API returns it. */
  text: string;
  visible: string;
  blocks: readonly JsonObject[] | undefined;
  metadata: MessageMetadata | undefined;
  subtype: string | undefined;
  /** True between chat.startStream and chat.stopStream. */
  streaming: boolean;
  /** The post first, then every edit. Identical edits count too. */
  revisions: readonly Revision[];
}

export interface MessageChange {
  kind: 'posted' | 'edited' | 'deleted';
  at: number;
  message: VisibleMessage;
}

export type CallOutcome =
  | 'pending'
  | 'ok'
  | 'refused'
  | 'rate-limited'
  | 'http-error'
  | 'reset'
  | 'unanswered';

/** One Web API call. */
export interface ApiCall {
  /** From 1, in the order of arrival. */
  number: number;
  at: number;
  method: string;
  /** Without the token. */
  args: CallArguments;
  token: string | undefined;
  teamId: string | undefined;
  outcome: CallOutcome;
  /** HTTP status of the answer. */
  status?: number;
  /** The code of an `{ok: false}` answer. */
  error?: string;
  /** Whole seconds. */
  retryAfter?: number;
  answeredAt?: number;
}

/** One attempt to hand an event to the app. */
export interface DeliveryAttempt {
  at: number;
  eventId: string;
  /** Socket Mode only; new for each attempt. */
  envelopeId: string | undefined;
  /** Socket Mode only: which socket it was given to, counted from 1 in the order of their opening. */
  socket?: number;
  /** 0 for the first, at most 3. */
  attempt: number;
  retryReason: string;
  event: JsonObject;
  teamId: string;
  /**
   * `acked` in time; `timeout` after 3 s without an answer; `failed` by an HTTP answer or connection; `lost` because
   * no socket was there; `dropped` by a fault.
   */
  outcome: 'pending' | 'acked' | 'timeout' | 'failed' | 'lost' | 'dropped';
  ackedAt?: number;
}

export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled' | 'too_many_websockets';

export interface FakeFile {
  name: string;
  mimetype: string;
  content: string | Buffer;
}

/** What a person does. Text is in Slack's wire form: `<@U…>` mentions, `&amp;` for a typed `&`. */
export interface Saying {
  channel: string;
  user: string;
  text: string;
  threadTs?: string;
  files?: readonly FakeFile[];
  subtype?: string;
  /** "Also send to channel" of a reply: subtype `thread_broadcast` with `root`. */
  broadcast?: boolean;
  /** Leave out the rich_text blocks that a Slack client adds. */
  withoutBlocks?: boolean;
}

export interface TeamOptions {
  id?: string;
  name?: string;
  /** Scopes of this team's bot token; default: `scopes` of the fake. */
  scopes?: readonly string[];
}

export interface TeamHandle {
  id: string;
  name: string;
  botToken: string;
  botUserId: string;
  botId: string;
}
