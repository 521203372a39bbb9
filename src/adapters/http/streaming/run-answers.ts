import type { FastifyReply } from 'fastify';
import { type CancelParts, cancelRun } from '../../../core/runs/cancel-run.ts';
import type { FramePosition } from '../../../core/streaming/frame-position.ts';
import type { StreamMode } from '../../../core/streaming/stream-mode.ts';
import { contentLocation, streamHeaders } from '../run-addresses.ts';
import type { FollowedRun } from './followed-run.ts';
import type { LongAnswer, LongAnswers } from './long-answers.ts';
import { SSE_HEARTBEAT } from './server-sent-event.ts';
import { type StreamParts, streamRun } from './stream-run.ts';
import { answerWithOutcome } from './wait-for-run.ts';

export type Reading = {
  modes: readonly StreamMode[];
  after: FramePosition | null;
  cancelsOnDisconnect: boolean;
  /** The reader let the run go on behind `after`, and is told so at once. */
  isGreeted?: boolean;
  /** The modes are not those that are kept with the run, so whoever comes back must name them. */
  namesModes?: boolean;
};

/** The two answers that take as long as a run: its frames, and its outcome. */
export type RunAnswers = {
  stream(reply: FastifyReply, run: FollowedRun, reading: Reading): void;
  wait(reply: FastifyReply, run: FollowedRun, waiting: { cancelsOnDisconnect: boolean }): void;
};

export function createRunAnswers(parts: StreamParts & CancelParts, answers: LongAnswers): RunAnswers {
  const { logger } = parts;

  /** Cancels the run of a client that went away, where that was asked for. */
  function onGone({ threadId, runId }: FollowedRun, cancels: boolean): () => void {
    return () => {
      if (!cancels) return;
      cancelRun(parts, { threadId, runId }, 'interrupt').catch((error: unknown) => {
        logger.warn({ threadId, runId, err: error }, 'the run of a client that went away was not cancelled');
      });
    };
  }

  /** What fails after the headers are out can only be told by breaking off; the client comes back for the rest. */
  function cutOnError(answer: LongAnswer, { threadId, runId }: FollowedRun, done: Promise<void>): void {
    done.catch((error: unknown) => {
      logger.warn({ threadId, runId, err: error }, 'an answer was broken off');
      answer.cut();
    });
  }

  return {
    stream(reply, run, { cancelsOnDisconnect, namesModes = false, ...reading }) {
      const answer = answers.open(reply, {
        headers: streamHeaders(run, namesModes ? reading.modes : []),
        heartbeat: SSE_HEARTBEAT,
        onGone: onGone(run, cancelsOnDisconnect),
      });
      cutOnError(answer, run, streamRun(parts, answer, run, reading));
    },
    wait(reply, run, { cancelsOnDisconnect }) {
      const answer = answers.open(reply, {
        headers: { ...contentLocation(run), 'content-type': 'application/json; charset=utf-8' },
        // White space before JSON means nothing.
        heartbeat: '\n',
        onGone: onGone(run, cancelsOnDisconnect),
      });
      cutOnError(answer, run, answerWithOutcome(parts, answer, run));
    },
  };
}
