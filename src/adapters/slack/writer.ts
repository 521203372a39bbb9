import type { WebClient } from '@slack/web-api';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { ApprovalButtons, PlatformWriter, ThinkingIndicator, WriteOutcome } from '../../core/ports.ts';
import { type BlocksWithButtons, blocksWithButtons, plainBlocksWithButtons } from './approval-blocks.ts';
import { budgetsOf } from './budgets.ts';
import { findPosted } from './find-posted.ts';
import { markdownContent, plainContent, type SlackContent, slackText } from './format.ts';
import { partMetadata } from './part-metadata.ts';
import { THINKING_REFRESH_MS } from './limits.ts';
import { createThinkingStatus } from './thinking.ts';
import { outcomeOfError, type Repeatable, slackErrorCode } from './write-outcome.ts';

/** Refusals of the block, not of the message: the part then goes as plain text. */
const BLOCK_REFUSED = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
  'invalid_arguments',
]);

/** Names in a text stay text, and links bring no previews. */
const QUIET = { parse: 'none', link_names: false } as const;
const NO_PREVIEWS = { unfurl_links: false, unfurl_media: false } as const;

/** Slack's writer. Sends each call once; waiting and repeating are the caller's. Never throws. */
export function createSlackWriter(
  client: WebClient,
  clock: Clock,
  logger: Logger,
): PlatformWriter & ThinkingIndicator & ApprovalButtons {
  return {
    platform: 'slack',
    text: slackText,
    refreshMs: THINKING_REFRESH_MS,
    showThinking: createThinkingStatus(client, clock, logger),
    budgets: budgetsOf,

    post: ({ origin, runId, index }, text, signal) =>
      settle(signal, 'once', async () => {
        const place = { channel: origin.channel, thread_ts: origin.thread };
        const answer = await withPlainFallback(text, (content) =>
          client.chat.postMessage({
            ...place,
            ...content,
            ...QUIET,
            ...NO_PREVIEWS,
            metadata: partMetadata(runId, index),
          }),
        );
        if (answer.ts === undefined)
          return { kind: 'ambiguous', sentence: 'Slack did not name the message.' };
        return { kind: 'done', value: { messageId: answer.ts } };
      }),

    edit: ({ origin }, messageId, text, signal) =>
      settle(signal, 'repeatable', async () => {
        const place = { channel: origin.channel, ts: messageId };
        await withPlainFallback(text, (content) => client.chat.update({ ...place, ...content, ...QUIET }));
        return { kind: 'done', value: undefined };
      }),

    editWithButtons: ({ origin, runId }, messageId, text, buttons, signal) =>
      settle(signal, 'repeatable', async () => {
        const place = { channel: origin.channel, ts: messageId };
        const { text: notification } = markdownContent(text);
        const send = (blocks: BlocksWithButtons) =>
          client.chat.update({ ...place, text: notification, blocks, ...QUIET });
        await orElse(
          () => send(blocksWithButtons(text, runId, buttons)),
          () => send(plainBlocksWithButtons(text, runId, buttons)),
        );
        return { kind: 'done', value: undefined };
      }),

    remove: async ({ origin }, messageId, signal) => {
      const outcome = await settle(signal, 'repeatable', async () => {
        await client.chat.delete({ channel: origin.channel, ts: messageId });
        return { kind: 'done', value: undefined };
      });
      const isGone = outcome.kind === 'rejected' && outcome.reason === 'message_gone';
      return isGone ? { kind: 'done', value: undefined } : outcome;
    },

    findPosted: (address, signal) => settle(signal, 'repeatable', () => findPosted(client, address)),
  };
}

function withPlainFallback<T>(text: string, send: (content: SlackContent) => Promise<T>): Promise<T> {
  return orElse(
    () => send(markdownContent(text)),
    () => send(plainContent(text)),
  );
}

/** The second where a workspace refuses the blocks of the first. */
async function orElse<T>(first: () => Promise<T>, second: () => Promise<T>): Promise<T> {
  try {
    return await first();
  } catch (error) {
    const code = slackErrorCode(error);
    if (code === undefined || !BLOCK_REFUSED.has(code)) throw error;
    return await second();
  }
}

/** Maps errors, and stops waiting (not the call: what was sent cannot be called back) when the signal fires. */
async function settle<T>(
  signal: AbortSignal,
  repeatable: Repeatable,
  write: () => Promise<WriteOutcome<T>>,
): Promise<WriteOutcome<T>> {
  if (signal.aborted) {
    return {
      kind: 'retryable',
      waitMs: 0,
      rateLimited: false,
      sentence: 'The write was given up before it began.',
    };
  }
  const givenUp = Promise.withResolvers<WriteOutcome<T>>();
  const giveUp = () => givenUp.resolve(outcomeOfError(signal.reason, repeatable));
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([
      write().catch((error: unknown) => outcomeOfError(error, repeatable)),
      givenUp.promise,
    ]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
