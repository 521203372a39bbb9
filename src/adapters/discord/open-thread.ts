import type { PartAddress, WriteOutcome } from '../../core/ports.ts';
import type { DiscordApi } from './api.ts';
import { readableText } from './readable-text.ts';
import { threadNameFor } from './thread-name.ts';

const THREAD_EXISTS = 160004;

/**
 * Whether the part's thread may not exist yet: the answer's first part to the very message that names the thread, in a
 * server. A thread that was there before is not made again when somebody deletes it.
 */
export function mayOpenThread(address: PartAddress): boolean {
  const { origin, index, replyTo } = address;
  return (
    index === 0 && replyTo === origin.thread && origin.tenant !== '@me' && origin.channel !== origin.thread
  );
}

/**
 * Opens the thread of a message in a text channel. Its id is the message's id, so it was known before; a thread that is
 * there by now is as good. Refused with `thread_gone` when the message is gone or is a forum post's deleted starter.
 */
export async function openThread(
  api: DiscordApi,
  address: PartAddress,
  botId: () => Promise<string | null>,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const { channel, thread } = address.origin;
  const message = await api.message(channel, thread, signal);
  if (message.kind !== 'done') return asThreadGone(message);
  const text = readableText(message.value.content, {
    botId: await botId(),
    mentions: message.value.mentions,
  });
  const opened = await api.openThread(channel, thread, threadNameFor(text), signal);
  if (opened.kind === 'done' || opened.code === THREAD_EXISTS) return { kind: 'done', value: undefined };
  return asThreadGone(opened);
}

type Failure = Exclude<WriteOutcome, { kind: 'done' }>;

function asThreadGone(failure: Failure): Failure {
  if (failure.kind !== 'rejected') return failure;
  const gone = ['message_gone', 'thread_gone', 'invalid'].includes(failure.reason);
  if (!gone) return failure;
  return { kind: 'rejected', reason: 'thread_gone', sentence: 'The thread no longer exists.' };
}
