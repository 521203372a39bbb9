import type { Clock } from '../core/clock.ts';
import { type ThreadrelayError, toThreadrelayError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { retryDelay } from '../core/pacing/backoff.ts';

/** Whether a platform's events arrive. */
export type Connection = {
  /**
   * Resolves when events arrive, or when the platform cannot be reached: then it is tried again until it can.
   * @throws ThreadrelayError that no further try would mend, as wrong credentials
   */
  start(): Promise<void>;
  /** The platform ended the connection for good. */
  end(error: ThreadrelayError): void;
  stop(): Promise<void>;
  isReady(): boolean;
};

/** Keeps trying to connect a platform that cannot be reached, while the rest of the service runs. */
export function keepConnecting(parts: {
  /** Name for people. */
  title: string;
  connect: () => Promise<void>;
  disconnect: () => Promise<void>;
  /** Whether the connection stands that was once made; the adapter mends it by itself. */
  isConnected: () => boolean;
  clock: Clock;
  random: () => number;
  logger: Logger;
}): Connection {
  const { title, connect, disconnect, isConnected, clock, random, logger } = parts;
  const stopping = new AbortController();
  let isReady = false;
  let trying: Promise<void> = Promise.resolve();

  /** Null when connected. */
  async function attempt(): Promise<ThreadrelayError | null> {
    try {
      await connect();
      isReady = true;
      return null;
    } catch (thrown) {
      return toThreadrelayError(thrown);
    }
  }

  function end(error: ThreadrelayError): void {
    isReady = false;
    logger.error({ err: error }, `${title} is not heard any more: ${error.message}`);
  }

  async function keepTrying(first: ThreadrelayError): Promise<void> {
    let error: ThreadrelayError | null = first;
    for (let failures = 1; error !== null; failures += 1) {
      if (!error.retryable) return end(error);
      const waitMs = retryDelay(failures, random(), error.retryAfterMs);
      logger.warn({ err: error, waitMs }, `${error.message} Trying again; the rest of the service runs.`);
      await clock.sleep(waitMs, stopping.signal);
      if (stopping.signal.aborted) return;
      error = await attempt();
    }
    logger.info({}, `${title} can be reached again`);
  }

  return {
    async start() {
      const error = await attempt();
      if (error === null) return;
      if (!error.retryable) throw error;
      trying = keepTrying(error);
    },
    end,
    async stop() {
      stopping.abort();
      await trying;
      isReady = false;
      await disconnect();
    },
    isReady: () => isReady && isConnected(),
  };
}
