import type { Clock } from './clock.ts';

/** Calls a minute for each tier: Slack promises these as minimums. */
const tier = { one: 1, two: 20, three: 50, four: 100 } as const;

/** Special limits have no public number; these are on the generous side of what the references hint at. */
const special = { post: 300, authTest: 300, status: 600 } as const;

const publishedLimits: Readonly<Record<string, number>> = {
  'apps.connections.open': tier.three,
  'assistant.threads.setStatus': special.status,
  'auth.test': special.authTest,
  'bots.info': tier.three,
  'chat.appendStream': tier.four,
  'chat.delete': tier.three,
  'chat.postEphemeral': tier.four,
  'chat.postMessage': special.post,
  'chat.startStream': tier.two,
  'chat.stopStream': tier.two,
  'chat.update': tier.three,
  'conversations.history': tier.three,
  'conversations.info': tier.three,
  'conversations.list': tier.two,
  'conversations.open': tier.three,
  'conversations.replies': tier.three,
  'files.info': tier.four,
  'reactions.add': tier.three,
  'users.conversations': tier.three,
  'users.info': tier.four,
  'views.open': tier.four,
};

const windowMs = 60_000;

export interface RateLimits {
  /** False lets every call through; an announced Retry-After still holds. */
  enabled: boolean;
  /** Calls a minute of a method, per team and app. */
  set(method: string, perMinute: number): void;
  /** Posts to one channel: a bucket of `burst`, filled by `perSecond`. */
  setChannelPosts(limit: { perSecond: number; burst: number }): void;
}

export interface LimitedCall {
  method: string;
  teamId: string;
  channel: string | undefined;
}

/** Sliding 60 s windows per (method, team), a bucket per channel for posts, and every wait that was announced. */
export class RateLimiter implements RateLimits {
  enabled = true;
  readonly #clock: Clock;
  readonly #perMinute = new Map(Object.entries(publishedLimits));
  #channelPosts = { perSecond: 1, burst: 4 };
  readonly #windows = new Map<string, number[]>();
  readonly #buckets = new Map<string, { tokens: number; at: number }>();
  readonly #waits = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(method: string, perMinute: number): void {
    this.#perMinute.set(method, perMinute);
  }

  setChannelPosts(limit: { perSecond: number; burst: number }): void {
    this.#channelPosts = limit;
    this.#buckets.clear();
  }

  /** Whole seconds still to wait after an announced Retry-After, or undefined when none holds. */
  announcedWait(call: LimitedCall): number | undefined {
    const until = Math.max(
      ...limitKeys(call).map((key) => (key === undefined ? 0 : (this.#waits.get(key) ?? 0))),
    );
    const left = until - this.#clock.now();
    return left > 0 ? Math.ceil(left / 1000) : undefined;
  }

  /** Remembers that this call, and those like it, were told to wait. */
  announce(call: LimitedCall, seconds: number, scope: 'method' | 'channel'): void {
    const [methodKey, channelKey] = limitKeys(call);
    const key = scope === 'channel' && channelKey !== undefined ? channelKey : methodKey;
    this.#waits.set(key, this.#clock.now() + seconds * 1000);
  }

  /** Counts the call, or says how many whole seconds it has to wait and what was exceeded. */
  take(call: LimitedCall): { retryAfter: number; scope: 'method' | 'channel' } | undefined {
    if (!this.enabled) return undefined;
    const now = this.#clock.now();
    const [methodKey, channelKey] = limitKeys(call);
    const limit = this.#perMinute.get(call.method);
    const window = (this.#windows.get(methodKey) ?? []).filter((at) => at > now - windowMs);
    this.#windows.set(methodKey, window);
    if (limit !== undefined && window.length >= limit) {
      const oldest = window[window.length - limit] ?? now;
      return { retryAfter: wholeSeconds(oldest + windowMs - now), scope: 'method' };
    }
    if (channelKey !== undefined) {
      const bucket = this.#filledBucket(channelKey, now);
      if (bucket.tokens < 1) {
        return {
          retryAfter: wholeSeconds(((1 - bucket.tokens) / this.#channelPosts.perSecond) * 1000),
          scope: 'channel',
        };
      }
      bucket.tokens -= 1;
    }
    window.push(now);
    return undefined;
  }

  #filledBucket(key: string, now: number): { tokens: number; at: number } {
    const { perSecond, burst } = this.#channelPosts;
    const before = this.#buckets.get(key) ?? { tokens: burst, at: now };
    const bucket = {
      tokens: Math.min(burst, before.tokens + ((now - before.at) / 1000) * perSecond),
      at: now,
    };
    this.#buckets.set(key, bucket);
    return bucket;
  }
}

function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

function limitKeys(call: LimitedCall): [method: string, channel: string | undefined] {
  const method = `${call.teamId}:${call.method}`;
  const limitedByChannel = call.method === 'chat.postMessage' && call.channel !== undefined;
  return [method, limitedByChannel ? `${method}:${call.channel}` : undefined];
}
