import { isRecord } from './arguments.ts';
import { createHmac } from 'node:crypto';
import type { Clock } from './clock.ts';
import { type AttemptResult, acknowledgeWithinMs, type EventTransport } from './event-delivery.ts';
import type { DeliveryAttempt, JsonObject } from './types.ts';

interface Dependencies {
  signingSecret: string;
  clock: Clock;
  /** Unix milliseconds for the signature's timestamp. */
  signingTime: () => number;
}

/** Slack's `v0=` signature of a request. `timestamp` is in seconds. */
export function signRequest(signingSecret: string, timestamp: number, body: string): string {
  return `v0=${createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
}

/** Events by signed POST to the app's request URL. */
export class EventsHttp implements EventTransport {
  readonly #requestUrl: string;
  readonly #dependencies: Dependencies;

  constructor(requestUrl: string, dependencies: Dependencies) {
    this.#requestUrl = requestUrl;
    this.#dependencies = dependencies;
  }

  /** Slack's check before it takes a request URL: the app has to answer with the challenge. */
  async verify(challenge: string): Promise<boolean> {
    const response = await this.#post(
      { token: 'deprecated-verification-token', challenge, type: 'url_verification' },
      {},
    );
    const body = await response.text();
    return response.ok && (body.trim() === challenge || body.includes(JSON.stringify(challenge)));
  }

  async deliver(payload: JsonObject, attempt: DeliveryAttempt): Promise<AttemptResult> {
    const retryHeaders: Record<string, string> =
      attempt.attempt === 0
        ? {}
        : { 'X-Slack-Retry-Num': String(attempt.attempt), 'X-Slack-Retry-Reason': attempt.retryReason };
    const deadline = new AbortController();
    const cancel = this.#dependencies.clock.after(acknowledgeWithinMs, () => deadline.abort());
    try {
      const response = await this.#post(payload, retryHeaders, deadline.signal);
      await response.arrayBuffer();
      if (response.ok) return { outcome: 'acked', reason: '', final: true };
      const refusesRetries = response.headers.get('x-slack-no-retry') === '1';
      return { outcome: 'failed', reason: 'http_error', final: refusesRetries };
    } catch {
      if (deadline.signal.aborted) return { outcome: 'timeout', reason: 'http_timeout', final: false };
      return { outcome: 'failed', reason: 'connection_failed', final: false };
    } finally {
      cancel();
    }
  }

  async interact(payload: JsonObject): Promise<boolean> {
    const deadline = new AbortController();
    const cancel = this.#dependencies.clock.after(acknowledgeWithinMs, () => deadline.abort());
    const form = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const answered = this.#send(form, type, deadline.signal).then(({ ok }) => ok);
    return answered.catch(() => false).finally(cancel);
  }

  async command(payload: JsonObject): Promise<JsonObject | null> {
    const deadline = new AbortController();
    const cancel = this.#dependencies.clock.after(acknowledgeWithinMs, () => deadline.abort());
    const form = new URLSearchParams(
      Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, String(value)])),
    );
    try {
      const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
      const response = await this.#send(form.toString(), type, deadline.signal);
      const text = await response.text();
      const answer: unknown = text === '' ? {} : JSON.parse(text);
      return response.ok && isRecord(answer) ? answer : null;
    } catch {
      return null;
    } finally {
      cancel();
    }
  }

  #post(payload: JsonObject, headers: Record<string, string>, signal?: AbortSignal): Promise<Response> {
    return this.#send(JSON.stringify(payload), { 'Content-Type': 'application/json', ...headers }, signal);
  }

  #send(body: string, headers: Record<string, string>, signal?: AbortSignal): Promise<Response> {
    const { signingSecret, signingTime } = this.#dependencies;
    const timestamp = Math.floor(signingTime() / 1000);
    return fetch(this.#requestUrl, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'User-Agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
        'X-Slack-Request-Timestamp': String(timestamp),
        'X-Slack-Signature': signRequest(signingSecret, timestamp, body),
        ...headers,
      },
      body,
      ...(signal === undefined ? {} : { signal }),
    });
  }
}
