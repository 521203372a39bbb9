import type { Delivery } from '../../../src/core/deliveries/delivery.ts';
import type { Message } from '../../../src/core/messages/message.ts';
import type { Platform } from '../../../src/core/origin.ts';
import { isTerminal, RUN_STATUSES } from '../../../src/core/runs/run-lifecycle.ts';
import type { Run } from '../../../src/core/runs/run.ts';
import type { Thread } from '../../../src/core/threads/thread.ts';

/** A place of a platform in which message ids are unique: a Slack channel, a Discord thread or channel. */
export type Place = { platform: Platform; place: string };

/** What a person wrote. */
export type AskedMessage = Place & {
  messageId: string;
  text: string;
  hasFiles: boolean;
  /** Slack: an acknowledgement reached it. Discord has none: whatever the bot may see counts. */
  acknowledged: boolean;
  /** Somebody has deleted it. */
  deleted: boolean;
};

/** A message of the bot as people see it now. */
export type SaidMessage = Place & {
  messageId: string;
  text: string;
  /** Run and part that the message names; Slack's metadata only. */
  names: { runId: string; part: number } | null;
  /** Shown as still being written. */
  streaming: boolean;
};

/** An edit or removal of one of the bot's messages, or a post (without id). Times are the fake's. */
export type WriteCall = Place & {
  at: number;
  kind: 'post' | 'edit' | 'remove';
  messageId: string | null;
  outcome: 'accepted' | 'refused' | 'failed';
};

/** One of the bot's messages was deleted. */
export type Deletion = Place & { messageId: string; at: number; by: 'bot' | 'person' };

/** What a fake says that a well-behaved bot never does. */
export type Violation = {
  platform: Platform;
  what: string;
  /** Of a call during a Retry-After: since when, in milliseconds, somebody had been told of it; null of all else. */
  toldForMs: number | null;
};

/** All that is judged: what the platforms recorded, and what is stored. */
export type Snapshot = {
  asked: AskedMessage[];
  said: SaidMessage[];
  writes: WriteCall[];
  deletions: Deletion[];
  violations: Violation[];
  threads: Thread[];
  messages: Message[];
  runs: Run[];
  deliveries: Delivery[];
};

export type CheckOptions = {
  /** Whether the rules say to answer a message; every message unless given. */
  mustAnswer?: (asked: AskedMessage) => boolean;
  /** Also messages that were never acknowledged must be answered, because the way to find them again is open. */
  unacknowledgedToo?: boolean;
  /** Violations that the test provokes. */
  tolerate?: RegExp[];
  /**
   * Calls within so many milliseconds of the 429 are excused: they were on their way, or their process had not heard of
   * it from the other. None unless given, as where one writer is at work.
   */
  wordTravelsMs?: number;
  /**
   * Milliseconds by which a run may seem to have begun before the one before it ended: a claim is dated when it is
   * sent, and waits for the transaction that settles the other. 2,000 unless given; more where MongoDB goes away.
   */
  claimMayWaitMs?: number;
};

const ENDED = new Set<string>(RUN_STATUSES.filter(isTerminal));

/** Whether the run has ended; false also of a status that there is not. */
export function hasEnded({ status }: Pick<Run, 'status'>): boolean {
  return ENDED.has(status);
}

/** The key of a message among all platforms: Slack's ids are those of a channel, Discord's of all. */
export function keyOf({ platform, place }: Place, messageId: string): string {
  return platform === 'slack' ? `slack:${place}:${messageId}` : `discord:${messageId}`;
}

/** The place in which a thread's messages stand. */
export function placeOf({ origin }: Pick<Thread, 'origin'>): Place | null {
  if (origin === null) return null;
  return { platform: origin.platform, place: origin.platform === 'slack' ? origin.channel : origin.thread };
}

/** How a sentence names a message. */
export function tell({
  platform,
  place,
  messageId,
  text,
}: Place & { messageId: string; text: string }): string {
  const start = text.length <= 40 ? text : `${text.slice(0, 40)}…`;
  return `${platform} message ${messageId} in ${place} (${JSON.stringify(start)})`;
}
