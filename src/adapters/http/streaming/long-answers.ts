import type { FastifyReply } from 'fastify';
import type { Clock } from '../../../core/clock.ts';
import type { HttpTelemetry } from '../api-parts.ts';
import { createPulse } from './pulse.ts';

/** The SDK reckons that a connection is dead after three intervals without a word; it expects one every 5 s. */
const HEARTBEAT_MS = 5_000;

/** Why signals fire; an error of its own for each would be traced for nobody. */
const GONE = 'the connection is gone';

/** A client that has taken nothing for so many heartbeats is not there, or is too slow to be waited for. */
const MOST_MISSED_BEATS = 3;

/** An answer that takes as long as a run. */
export type LongAnswer = {
  /** Fires when the connection is gone, for whatever reason. */
  readonly signal: AbortSignal;
  /** Resolves when the client can take more: at once while it keeps up. Of an answer that is gone nothing is written. */
  write(text: string): Promise<void>;
  /** The answer is whole. */
  end(text?: string): void;
  /** Breaks the connection off, so that the client sees that the answer is not whole. */
  cut(): void;
};

export type LongAnswers = {
  /**
   * Begins an answer. `heartbeat` is written every 5 s while nothing else waits to be taken; `onGone` is called when the
   * client went away before the end, and not when it was cut from here.
   */
  open(
    reply: FastifyReply,
    options: { headers: Readonly<Record<string, string>>; heartbeat: string; onGone: () => void },
  ): LongAnswer;
  /** Cuts all answers that are open: their clients go to another process. */
  cutAll(): void;
};

/** All answers of this process that take long. */
export function createLongAnswers(
  clock: Pick<Clock, 'sleep'>,
  telemetry: Pick<HttpTelemetry, 'streamOpened' | 'streamClosed'>,
): LongAnswers {
  const pulse = createPulse(clock, HEARTBEAT_MS);
  const cuts = new Set<() => void>();

  return {
    open(reply, { headers, heartbeat, onGone }) {
      reply.hijack();
      const { raw } = reply;
      const gone = new AbortController();
      let isWhole = false;
      let isCut = false;
      let missedBeats = 0;
      let whenTaken: (() => void) | null = null;

      const taken = () => {
        missedBeats = 0;
        whenTaken?.();
        whenTaken = null;
      };
      const cut = () => {
        isCut = true;
        raw.destroy();
      };
      const close = () => {
        leavePulse();
        cuts.delete(cut);
        telemetry.streamClosed();
        gone.abort(GONE);
        taken();
        if (!isWhole && !isCut) onGone();
      };
      const leavePulse = pulse.join(() => {
        if (raw.writableNeedDrain) missedBeats += 1;
        else if (!isWhole) raw.write(heartbeat);
        if (missedBeats > MOST_MISSED_BEATS) cut();
      });
      cuts.add(cut);
      telemetry.streamOpened();
      raw.on('drain', taken);
      // A broken connection closes as well; that it is told as an error, too, is for nobody.
      raw.on('error', () => {});
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) raw.setHeader(name, value);
      }
      raw.writeHead(200, { 'cache-control': 'no-store', ...headers });
      // With what is written at once, if there is anything: a packet in place of two.
      raw.cork();
      raw.flushHeaders();
      process.nextTick(() => raw.uncork());
      // The client may have gone while its run was being started.
      if (raw.destroyed) close();
      else raw.once('close', close);

      return {
        signal: gone.signal,
        write(text) {
          if (gone.signal.aborted || raw.write(text)) return Promise.resolve();
          return new Promise((resolve) => {
            whenTaken = resolve;
          });
        },
        end(text) {
          isWhole = true;
          raw.end(text);
        },
        cut,
      };
    },
    cutAll() {
      for (const cut of cuts) cut();
    },
  };
}
