import type { App, Receiver } from '@slack/bolt';
import type { Clock } from '../../core/clock.ts';
import type { ReachCrashPoint } from '../../core/crash-points.ts';
import type { Telemetry } from '../../core/telemetry.ts';
import { processThenAck } from './deferred-ack.ts';
import { InFlight } from './in-flight.ts';
import { openSocket, type SocketConnection, type SocketEnvelope } from './socket-connection.ts';
import type { WebClientSettings } from './web-client.ts';
import { outcomeOfError } from './write-outcome.ts';

/** Waits before each try to connect again: at once first, because every second without a socket loses events. */
const RECONNECT_WAITS_MS = [0, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000] as const;
/** The wait before every further try. */
const LAST_RECONNECT_WAIT_MS = 30_000;

/** Reasons for which another socket would be sent away too. */
const WAIT_FIRST = new Set(['too_many_websockets', 'link_disabled']);

/** A close handshake that Slack does not finish is not waited for longer. */
const CLOSE_TIMEOUT_MS = 1_000;

export type SocketReceiverSettings = WebClientSettings & {
  appToken: string;
  clock: Clock;
  crash: ReachCrashPoint;
  telemetry: Telemetry;
  /** Events of the time between may be lost and have to be looked for. */
  onLost: (at: Date) => void;
  onReconnected: () => void;
};

/** Takes events over Socket Mode, keeps one socket open, and acknowledges what has been persisted. */
export class SlackSocketReceiver implements Receiver {
  readonly #settings: SocketReceiverSettings;
  readonly #inFlight = new InFlight();
  readonly #stopping = new AbortController();
  #app: App | undefined;
  #connection: SocketConnection | undefined;
  #isConnected = false;

  constructor(settings: SocketReceiverSettings) {
    this.#settings = settings;
  }

  /** Whether a socket is open. One that Slack has said goodbye to still is, until its successor fails to open. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  init(app: App): void {
    this.#app = app;
  }

  /** Resolves when the first socket is open; rejects when it cannot be. */
  async start(): Promise<void> {
    this.#connection = await this.#open();
    this.#isConnected = true;
  }

  /** Takes nothing more, acknowledges what is in hand, then closes the socket. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#inFlight.settled();
    await this.#close(this.#connection);
  }

  #open(): Promise<SocketConnection> {
    return openSocket(this.#settings.appToken, this.#settings, {
      onEnvelope: (envelope) => this.#take(envelope),
      onLost: (reason) => this.#reconnect(reason),
    });
  }

  #take(envelope: SocketEnvelope): void {
    // What comes while stopping is not acknowledged: Slack hands it to another socket.
    const app = this.#app;
    if (this.#stopping.signal.aborted || app === undefined) return;
    void this.#inFlight.run(() => this.#answer(app, envelope));
  }

  async #answer(app: App, envelope: SocketEnvelope): Promise<void> {
    const { clock, crash, telemetry, logger } = this.#settings;
    const arrivedAt = clock.now().getTime();
    const ended = (outcome: 'acknowledged' | 'refused') =>
      telemetry.eventEnded('slack', outcome, (clock.now().getTime() - arrivedAt) / 1_000);
    telemetry.eventReceived('slack');
    let response: unknown;
    try {
      response = await processThenAck(app, envelope);
    } catch (error) {
      logger.warn({ err: error }, 'slack event was not persisted and is not acknowledged');
      ended('refused');
      return;
    }
    // A socket that has gone meanwhile costs nothing: the event comes again and is known then.
    await envelope.ack(response ?? {}).then(
      () => ended('acknowledged'),
      () => logger.debug({}, 'slack socket went before the acknowledgement'),
    );
    await crash('ingest.acknowledged');
  }

  #reconnect(reason: string | null): void {
    const { logger, clock, onLost, onReconnected } = this.#settings;
    if (this.#stopping.signal.aborted) return;
    onLost(clock.now());
    if (reason === null) this.#isConnected = false;
    logger.info({ reason }, 'slack socket lost');
    const attempt = async () => {
      const { signal } = this.#stopping;
      const gone = this.#connection;
      const firstWait = reason !== null && WAIT_FIRST.has(reason) ? RECONNECT_WAITS_MS.length - 2 : 0;
      for (let tries = firstWait; !signal.aborted; tries += 1) {
        await clock.sleep(RECONNECT_WAITS_MS[tries] ?? LAST_RECONNECT_WAIT_MS, signal);
        if (signal.aborted) return;
        try {
          this.#connection = await this.#open();
          this.#isConnected = true;
          break;
        } catch (error) {
          this.#isConnected = false;
          logger.warn({ err: error, tries: tries + 1 }, 'slack socket could not be opened again');
          const outcome = outcomeOfError(error, 'repeatable');
          if (outcome.kind === 'retryable' && outcome.rateLimited) await clock.sleep(outcome.waitMs, signal);
        }
      }
      await this.#close(gone);
      if (this.#stopping.signal.aborted) return this.#close(this.#connection);
      logger.info({}, 'slack socket open again');
      onReconnected();
    };
    void attempt();
  }

  async #close(connection: SocketConnection | undefined): Promise<void> {
    if (connection === undefined) return;
    const timeout = new AbortController();
    await Promise.race([
      connection.close().catch(() => {}),
      this.#settings.clock.sleep(CLOSE_TIMEOUT_MS, timeout.signal),
    ]);
    timeout.abort();
  }
}
