import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Activity } from './activity.ts';
import { isRecord } from './arguments.ts';
import type { Clock } from './clock.ts';
import { type AttemptResult, acknowledgeWithinMs, type EventTransport } from './event-delivery.ts';
import type { Random } from './random.ts';
import type { DeliveryAttempt, DisconnectReason, JsonObject } from './types.ts';

/** Slack lets one app hold this many sockets. */
const socketLimit = 10;

/** Slack pings often enough for the SDK's default server-ping timeout of 30 s. On real time: the client's watchdog is. */
const pingEveryMs = 5_000;

/** A socket that was told to go is cut after this when its peer does not close it. On real time too. */
const cutAfterMs = 10_000;

interface Dependencies {
  appId: string;
  clock: Clock;
  random: Random;
  activity: Activity;
}

/** The WebSocket side of Socket Mode: tickets, hello, envelopes, acknowledgements, disconnects. */
export class SocketMode implements EventTransport {
  /** Sockets that may be given events. */
  readonly #open = new Set<WebSocket>();
  /** Every live socket, also one told to go. */
  readonly #live = new Set<WebSocket>();
  readonly #numbers = new WeakMap<WebSocket, number>();
  #opened = 0;
  readonly #tickets = new Set<string>();
  readonly #waiting = new Map<string, (answer: JsonObject) => void>();
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #dependencies: Dependencies;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    this.#heartbeat = setInterval(() => {
      for (const socket of this.#live) socket.ping();
    }, pingEveryMs);
    this.#heartbeat.unref();
  }

  get connections(): number {
    return this.#open.size;
  }

  /** The path and query of a URL that opens one socket, once. */
  issueTicket(): string {
    const ticket = this.#dependencies.random.uuid();
    this.#tickets.add(ticket);
    return `/link/?ticket=${ticket}&app_id=${this.#dependencies.appId}`;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'http://loopback');
    if (url.pathname !== '/link/' || !this.#tickets.delete(url.searchParams.get('ticket') ?? '')) {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (accepted) => this.#accept(accepted));
  }

  deliver(payload: JsonObject, attempt: DeliveryAttempt): Promise<AttemptResult> {
    const { clock, random } = this.#dependencies;
    const socket = random.pick([...this.#open]);
    if (socket === undefined) return Promise.resolve({ outcome: 'lost', reason: 'timeout', final: true });
    const envelopeId = random.uuid();
    attempt.envelopeId = envelopeId;
    const number = this.#numbers.get(socket);
    if (number !== undefined) attempt.socket = number;
    const acknowledged = this.#acknowledged(envelopeId, clock);
    const frame = {
      envelope_id: envelopeId,
      payload,
      type: 'events_api',
      accepts_response_payload: false,
      retry_attempt: attempt.attempt,
      retry_reason: attempt.retryReason,
    };
    socket.send(JSON.stringify(frame));
    return acknowledged.then((isAcked) =>
      isAcked
        ? { outcome: 'acked', reason: '', final: true }
        : { outcome: 'timeout', reason: 'timeout', final: false },
    );
  }

  async interact(payload: JsonObject): Promise<boolean> {
    const { clock, random } = this.#dependencies;
    const socket = random.pick([...this.#open]);
    if (socket === undefined) return false;
    const envelopeId = random.uuid();
    const acknowledged = this.#acknowledged(envelopeId, clock);
    const frame = { envelope_id: envelopeId, payload, type: 'interactive', accepts_response_payload: true };
    socket.send(JSON.stringify(frame));
    return acknowledged;
  }

  async command(payload: JsonObject): Promise<JsonObject | null> {
    const { clock, random } = this.#dependencies;
    const socket = random.pick([...this.#open]);
    if (socket === undefined) return null;
    const envelopeId = random.uuid();
    let answer: JsonObject | null = null;
    const acknowledged = this.#acknowledged(envelopeId, clock, (given) => {
      answer = given;
    });
    const frame = {
      envelope_id: envelopeId,
      payload,
      type: 'slash_commands',
      accepts_response_payload: true,
    };
    socket.send(JSON.stringify(frame));
    await acknowledged;
    return answer;
  }

  #acknowledged(
    envelopeId: string,
    clock: Clock,
    hear: (answer: JsonObject) => void = () => {},
  ): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = clock.after(acknowledgeWithinMs, () => {
        this.#waiting.delete(envelopeId);
        resolve(false);
      });
      this.#waiting.set(envelopeId, (answer) => {
        cancel();
        hear(answer);
        resolve(true);
      });
    });
  }

  /** Tells every socket to go, as Slack does when it refreshes connections or Socket Mode is turned off. */
  disconnectAll(reason: DisconnectReason): void {
    for (const socket of this.#open) this.#sendAway(socket, reason);
  }

  /** Ends every socket without a word. */
  cutAll(): void {
    for (const socket of this.#live) socket.terminate();
    this.#open.clear();
  }

  close(): void {
    clearInterval(this.#heartbeat);
    this.cutAll();
    this.#server.close();
  }

  #accept(socket: WebSocket): void {
    const { activity, appId } = this.#dependencies;
    this.#live.add(socket);
    socket.on('close', () => {
      this.#live.delete(socket);
      this.#open.delete(socket);
      activity.stirred();
    });
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => {
      if (Buffer.isBuffer(data)) this.#acknowledge(data.toString());
    });
    if (this.#open.size >= socketLimit) {
      this.#sendAway(socket, 'too_many_websockets');
      return;
    }
    this.#open.add(socket);
    this.#opened += 1;
    this.#numbers.set(socket, this.#opened);
    const hello = {
      type: 'hello',
      num_connections: this.#open.size,
      debug_info: { host: 'applink-fake', build_number: 1, approximate_connection_time: 18_060 },
      connection_info: { app_id: appId },
    };
    socket.send(JSON.stringify(hello));
    activity.stirred();
  }

  #acknowledge(text: string): void {
    const { envelopeId, answer } = readAcknowledgement(text);
    if (envelopeId === undefined) return;
    this.#waiting.get(envelopeId)?.(answer);
    this.#waiting.delete(envelopeId);
  }

  #sendAway(socket: WebSocket, reason: DisconnectReason): void {
    this.#open.delete(socket);
    socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'applink-fake' } }));
    setTimeout(() => socket.terminate(), cutAfterMs).unref();
  }
}

function readAcknowledgement(text: string): { envelopeId: string | undefined; answer: JsonObject } {
  try {
    const frame: unknown = JSON.parse(text);
    if (!isRecord(frame) || typeof frame['envelope_id'] !== 'string')
      throw new TypeError('no acknowledgement');
    const { envelope_id: envelopeId, payload } = frame;
    return { envelopeId, answer: isRecord(payload) ? payload : {} };
  } catch {
    return { envelopeId: undefined, answer: {} };
  }
}
