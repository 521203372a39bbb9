import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App, Receiver } from '@slack/bolt';
import type { Clock } from '../../core/clock.ts';
import type { ReachCrashPoint } from '../../core/crash-points.ts';
import type { Logger } from '../../core/logger.ts';
import type { Telemetry } from '../../core/telemetry.ts';
import { processThenAck } from './deferred-ack.ts';
import { InFlight } from './in-flight.ts';
import { isObject, type Json } from './json.ts';
import { isSignedBySlack } from './signature.ts';
import { MOST_BODY_BYTES } from './limits.ts';

export type HttpReceiverSettings = {
  signingSecret: string;
  clock: Clock;
  crash: ReachCrashPoint;
  telemetry: Telemetry;
  logger: Logger;
};

/**
 * Takes Slack's requests from the service's own HTTP server. Answers 200 when all that the request means is persisted,
 * 503 when it could not be (Slack sends it again), 401 for what Slack did not sign.
 */
export class SlackHttpReceiver implements Receiver {
  readonly #settings: HttpReceiverSettings;
  readonly #inFlight = new InFlight();
  #app: App | undefined;
  #isOpen = false;

  constructor(settings: HttpReceiverSettings) {
    this.#settings = settings;
  }

  /** Whether requests are taken. */
  get isConnected(): boolean {
    return this.#isOpen;
  }

  init(app: App): void {
    this.#app = app;
  }

  async start(): Promise<void> {
    this.#isOpen = true;
  }

  /** Takes nothing more; resolves when what was taken is answered. */
  async stop(): Promise<void> {
    this.#isOpen = false;
    await this.#inFlight.settled();
  }

  /** A listener for node's HTTP server; wants the body unread. Never rejects. */
  readonly handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      await this.#inFlight.run(() => this.#answer(request, response));
    } catch (error) {
      this.#settings.logger.error({ err: error }, 'slack request failed');
      respond(response, 503);
    }
  };

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const app = this.#app;
    if (!this.#isOpen || app === undefined) return respond(response, 503);
    if (request.method !== 'POST') return respond(response, 405);
    const body = await readBody(request);
    if (body === null) return respond(response, 413);
    const signed = {
      signature: single(request.headers['x-slack-signature']),
      timestamp: single(request.headers['x-slack-request-timestamp']),
      body,
    };
    if (!isSignedBySlack(signed, this.#settings.signingSecret, this.#settings.clock.now())) {
      return respond(response, 401);
    }
    const payload = parseBody(body.toString('utf8'), request.headers['content-type'] ?? '');
    if (payload === null) return respond(response, 400);
    if (payload['type'] === 'url_verification')
      return respond(response, 200, { challenge: payload['challenge'] });
    if ('ssl_check' in payload) return respond(response, 200);
    await this.#process(app, payload, request, response);
  }

  async #process(app: App, body: Json, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { clock, telemetry } = this.#settings;
    const arrivedAt = clock.now().getTime();
    const ended = (outcome: 'acknowledged' | 'refused') =>
      telemetry.eventEnded('slack', outcome, (clock.now().getTime() - arrivedAt) / 1_000);
    telemetry.eventReceived('slack');
    const retryNum = Number(single(request.headers['x-slack-retry-num']) ?? Number.NaN);
    const retryReason = single(request.headers['x-slack-retry-reason']);
    try {
      const retry = Number.isInteger(retryNum) ? { retryNum, retryReason } : {};
      respond(response, 200, await processThenAck(app, { body, ...retry }));
      ended('acknowledged');
      await this.#settings.crash('ingest.acknowledged');
    } catch (error) {
      this.#settings.logger.warn({ err: error }, 'slack event was not persisted and is not acknowledged');
      respond(response, 503);
      ended('refused');
    }
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) return null;
    size += chunk.length;
    if (size > MOST_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Events come as JSON; commands as a form; clicks as a form whose `payload` is JSON. */
function parseBody(text: string, contentType: string): Json | null {
  try {
    if (!contentType.startsWith('application/x-www-form-urlencoded')) return objectOrNull(JSON.parse(text));
    const form = new URLSearchParams(text);
    const payload = form.get('payload');
    return payload === null ? Object.fromEntries(form) : objectOrNull(JSON.parse(payload));
  } catch {
    return null;
  }
}

function objectOrNull(value: unknown): Json | null {
  return isObject(value) ? value : null;
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

function respond(response: ServerResponse, status: number, body?: unknown): void {
  if (response.headersSent || response.destroyed) return;
  // A refused request may have an unread body, after which the connection is of no use.
  const headers = status === 413 ? { connection: 'close' } : {};
  if (body === undefined || body === '') {
    response.writeHead(status, { ...headers, 'content-length': 0 }).end();
    return;
  }
  const isText = typeof body === 'string';
  response
    .writeHead(status, { ...headers, 'content-type': isText ? 'text/plain' : 'application/json' })
    .end(isText ? body : JSON.stringify(body));
}
