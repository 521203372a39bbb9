import type { Platform } from '../origin.ts';

/** When the bot answers: never, when it is mentioned or already part of the thread, or every message. */
export const ANSWER_MODES = ['never', 'mention', 'every_message'] as const;
export type AnswerMode = (typeof ANSWER_MODES)[number];

/** A channel or forum with its own settings; found by id, or by name (without `#`, any case). */
export interface ChannelBinding {
  readonly kind: 'channel' | 'forum';
  readonly id?: string;
  readonly name?: string;
  readonly answer: AnswerMode;
  readonly assistant: string;
}

/** Where the bot listens on one platform: everywhere, or in one tenant (Slack team, Discord guild). */
export interface Binding {
  readonly platform: Platform;
  /** Left out: every tenant that has no binding of its own. */
  readonly tenant?: string;
  readonly project: string;
  readonly assistant: string;
  /** For channels that are not listed. */
  readonly answer: AnswerMode;
  readonly directMessages: boolean;
  readonly channels: readonly ChannelBinding[];
}
