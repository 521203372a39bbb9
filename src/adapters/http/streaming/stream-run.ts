import type { Message } from '../../../core/messages/message.ts';
import type { Run } from '../../../core/runs/run.ts';
import type { PositionedRunEvent } from '../../../core/runs/run-event.ts';
import { type FeedParts, runFeed } from '../../../core/streaming/run-feed.ts';
import { afterEvent, type FramePosition } from '../../../core/streaming/frame-position.ts';
import { createFrameRenderer } from '../../../core/streaming/frame-renderer.ts';
import {
  STATE_AFTER,
  STATE_BEFORE,
  type StreamedOutcome,
  type StreamFrame,
} from '../../../core/streaming/frame.ts';
import type { StreamMode } from '../../../core/streaming/stream-mode.ts';
import type { ApiParts } from '../api-parts.ts';
import type { Metadata } from '../../../core/threads/thread.ts';
import type { StateValues } from '../present/state.ts';
import {
  heardOutcome,
  type Interruption,
  readMessagesAt,
  readOutcome,
  readValuesAt,
} from '../queries/read-outcome.ts';
import type { LongAnswer } from './long-answers.ts';
import { serverSentEvent } from './server-sent-event.ts';
import type { FollowedRun } from './followed-run.ts';

export type StreamParts = FeedParts & Pick<ApiParts, 'messages' | 'state'>;

/** Frames that are there are sent together, up to so many characters at once. */
const PIECE = 16_384;

/** Sends a reader the frames of a run, from its position until the run is at rest or the reader has gone. */
export async function streamRun(
  parts: StreamParts,
  answer: LongAnswer,
  run: FollowedRun,
  reading: { modes: readonly StreamMode[]; after: FramePosition | null; isGreeted?: boolean },
): Promise<void> {
  const { threadId, runId } = run;
  const streamed = { id: runId, threadId, attempt: Math.max(1, run.attempt) };
  const renderer = createFrameRenderer({ run: streamed, ...reading });
  const feed = runFeed(parts, run, run, answer.signal);
  let { fence } = run;
  let lastSeq = run.ordinal;
  let customBefore = run.before === null ? null : customOf(run.before);
  let messagesAfter: Message[] | undefined;
  let interruption: Interruption = {};
  let piece = '';

  async function dataOf({ data }: StreamFrame): Promise<unknown> {
    if (data === STATE_BEFORE) {
      const before = run.before ?? (await readValuesAt(parts, threadId, run.ordinal));
      customBefore = customOf(before);
      return before;
    }
    if (data !== STATE_AFTER) return data;
    // Each change of the custom values is a step of its own, and so is the answer.
    const custom = lastSeq <= run.ordinal + 1 ? customBefore : null;
    const values = await readValuesAt(parts, threadId, lastSeq, { custom, messages: messagesAfter });
    return { ...values, ...interruption };
  }

  async function flush(): Promise<void> {
    const text = piece;
    piece = '';
    if (text !== '') await answer.write(text);
  }

  async function send(frames: readonly StreamFrame[]): Promise<void> {
    for (const frame of frames) {
      // Nobody waits for a state to see what came before it.
      if (typeof frame.data === 'symbol') await flush();
      piece += serverSentEvent(frame.id, frame.event, await dataOf(frame));
      if (piece.length >= PIECE) await flush();
    }
  }

  /** Null when the stream has not told how the run ended, or the answer cannot be read: then the database tells. */
  async function heardOf({ event }: PositionedRunEvent): Promise<StreamedOutcome | null> {
    if (event.type !== 'end' || event.stored === undefined) return null;
    const seq = event.stored.answer?.seq ?? run.ordinal;
    const wantsState = reading.modes.includes('values');
    try {
      const messages = await readMessagesAt(parts, threadId, seq, wantsState ? 0 : seq - 1);
      const outcome = heardOutcome(event, { fence, attempt: streamed.attempt }, messages);
      if (outcome === null) return null;
      lastSeq = seq;
      if (wantsState) messagesAfter = messages;
      return outcome;
    } catch (error) {
      parts.logger.warn({ threadId, runId, err: error }, 'a reader could not read an answer; it will again');
      return null;
    }
  }

  async function outcomeOf(rested: Run | null): Promise<StreamedOutcome> {
    if (rested === null) return deletedRun(fence, streamed.attempt);
    const read = await readOutcome(parts, rested);
    ({ lastSeq, interruption } = read);
    return read.outcome;
  }

  try {
    if (run.isNew || reading.isGreeted === true) await send(renderer.greet());
    for (;;) {
      await flush();
      const next = await feed.next();
      if (answer.signal.aborted) return;
      if (next.done === true) {
        await send(renderer.end(await outcomeOf(next.value)));
        return answer.end(piece);
      }
      for (const event of next.value) {
        ({ fence } = afterEvent(event.id));
        const frames = renderer.hear(event);
        if (frames.length > 0) await send(frames);
        const outcome = await heardOf(event);
        if (answer.signal.aborted) return;
        if (outcome !== null) {
          await send(renderer.end(outcome));
          return answer.end(piece);
        }
      }
    }
  } finally {
    // A feed that is left between two batches would follow its run for ever.
    await feed.return(null);
  }
}

function customOf({ messages: _messages, ...custom }: StateValues): Metadata {
  return custom;
}

function deletedRun(fence: number, attempt: number): StreamedOutcome {
  return {
    fence,
    attempt,
    status: 'interrupted',
    isWaiting: false,
    error: { error: 'not_found', message: 'The thread was deleted, and its run with it.' },
    answer: null,
    hasState: false,
  };
}
