import { EventEmitter, on } from 'node:events';
import type { ApiCall, DeliveryAttempt, MessageChange } from './types.ts';

/** For conditions on something else than the fake, such as what an app has received. */
const recheckEveryMs = 20;

/** What happened, for tests to read and to wait for. */
export class Activity {
  readonly calls: ApiCall[] = [];
  readonly deliveries: DeliveryAttempt[] = [];
  readonly violations: string[] = [];
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  changed(change: MessageChange): void {
    this.#emitter.emit('message', change);
    this.stirred();
  }

  /** Something that a waiting test may look for has happened. */
  stirred(): void {
    this.#emitter.emit('stir');
  }

  onMessageChanged(listener: (change: MessageChange) => void): () => void {
    this.#emitter.on('message', listener);
    return () => this.#emitter.off('message', listener);
  }

  async *changes(signal?: AbortSignal): AsyncGenerator<MessageChange> {
    try {
      for await (const [change] of on(this.#emitter, 'message', signal === undefined ? {} : { signal }))
        yield change;
    } catch (error) {
      if (signal?.aborted !== true) throw error;
    }
  }

  until(description: string, holds: () => boolean, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void) => {
        clearTimeout(timer);
        clearInterval(recheck);
        this.#emitter.off('stir', check);
        finish();
      };
      const check = () => {
        try {
          if (holds()) settle(resolve);
        } catch (error) {
          settle(() => reject(error));
        }
      };
      const timer = setTimeout(() => {
        settle(() => reject(new Error(`The Slack fake waited ${timeoutMs} ms in vain until ${description}`)));
      }, timeoutMs);
      const recheck = setInterval(check, recheckEveryMs);
      this.#emitter.on('stir', check);
      check();
    });
  }
}
