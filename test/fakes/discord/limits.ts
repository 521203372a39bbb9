import { createHash } from 'node:crypto';
import type { Clock } from './clock.ts';
import { SublimitError } from './api-error.ts';

/** `count` requests in a fixed window of `windowMs` milliseconds that opens with the first of them. */
export type Limit = { count: number; windowMs: number };

export type Limits = {
  /** For every route that `routes` does not name: usually 5 per 5 s. */
  route: Limit;
  /** By `METHOD /template`, as in `POST /channels/:channel/messages`. */
  routes: Record<string, Limit>;
  /** All routes but interactions together: 50 per second. */
  global: Limit;
  /** Renames of one channel or thread: 2 per 10 minutes. */
  rename: Limit;
  /** Edits of messages over an hour old, per channel; the number is not public, this one is users' observation. */
  oldEdits: Limit;
  /** 401, 403 and 429 (not `shared`) before the address is banned: 10,000 in 10 minutes. */
  invalid: Limit;
};

export const usualLimits: Limits = {
  route: { count: 5, windowMs: 5_000 },
  routes: {},
  global: { count: 50, windowMs: 1_000 },
  rename: { count: 2, windowMs: 600_000 },
  oldEdits: { count: 3, windowMs: 20_000 },
  invalid: { count: 10_000, windowMs: 600_000 },
};

export type Headers = Record<string, string>;
export type Refusal = { retryAfterMs: number; global: boolean; scope: 'user' | 'global' | 'shared' };
export type Verdict = { headers: Headers; refusal: Refusal | undefined; violation: string | undefined };

type Window = { opensAt: number; used: number };
/** What the bot was told about a bucket: it knows it has to wait until `until`. */
type Told = { until: number; how: string };

/** A timer of the bot may fire this much early (milliseconds) without being called impatient. */
const timerTolerance = 5;

/** Counts requests in fixed windows and remembers what the caller was told, so that impatience shows. */
export class Limiter {
  readonly limits: Limits;
  private readonly clock: Clock;
  private readonly windows = new Map<string, Window>();
  private readonly told = new Map<string, Told>();
  private invalidAt: number[] = [];

  constructor(clock: Clock, limits: Limits) {
    this.clock = clock;
    this.limits = limits;
  }

  /** Takes one request of `route` with major parameter `major`; with `exempt` the global limit is left alone. */
  take(route: string, major: string, exempt: boolean): Verdict {
    const key = `${route}|${major}`;
    const limit = this.limits.routes[route] ?? this.limits.route;
    const violation = this.impatience(key, route) ?? (exempt ? undefined : this.impatience('global', route));
    if (!exempt) {
      const wait = this.use('global', this.limits.global);
      if (wait > 0) return this.refuse(key, route, limit, wait, 'global', violation);
    }
    const wait = this.use(key, limit);
    if (wait > 0) return this.refuse(key, route, limit, wait, 'user', violation);
    const headers = this.headers(key, route, limit);
    if (headers['X-RateLimit-Remaining'] === '0') {
      this.told.set(key, { until: this.resetAt(key, limit), how: 'was told that 0 calls remained' });
    }
    return { headers, refusal: undefined, violation };
  }

  /** A 429 that no counter asked for (a scripted fault); the bot has to wait for it all the same. */
  refuseFor(route: string, major: string, retryAfterMs: number, scope: Refusal['scope']): Verdict {
    const key = `${route}|${major}`;
    const limit = this.limits.routes[route] ?? this.limits.route;
    const violation = this.impatience(key, route);
    return this.refuse(key, route, limit, retryAfterMs, scope, violation);
  }

  /** Takes one of a limit that headers do not show. @throws {SublimitError} when it is used up. */
  takeHidden(key: string, limit: Limit, message?: string, code?: number): void {
    const wait = this.use(key, limit);
    if (wait === 0) return;
    const violation = this.impatience(key, key);
    this.told.set(key, { until: this.clock.now() + wait, how: 'was told to wait' });
    throw new SublimitError(wait, message, code, violation);
  }

  /** Counts one invalid request. */
  countInvalid(): void {
    this.invalidAt.push(this.clock.now());
  }

  /** Invalid requests in the last window. */
  get invalidRequests(): number {
    const since = this.clock.now() - this.limits.invalid.windowMs;
    this.invalidAt = this.invalidAt.filter((at) => at > since);
    return this.invalidAt.length;
  }

  /** Whether the address is banned for its invalid requests. */
  get banned(): boolean {
    return this.invalidRequests >= this.limits.invalid.count;
  }

  /** Opaque name of the route's bucket: routes with one name share what the headers count. */
  private bucket(route: string): string {
    return createHash('md5').update(route).digest('hex');
  }

  private impatience(key: string, route: string): string | undefined {
    const told = this.told.get(key);
    const early = told ? told.until - this.clock.now() : 0;
    if (!told || early <= timerTolerance) return undefined;
    return `${route} called ${Math.round(early)} ms early: the bot ${told.how}`;
  }

  private resetAt(key: string, limit: Limit): number {
    return (this.windows.get(key)?.opensAt ?? this.clock.now()) + limit.windowMs;
  }

  /** Milliseconds to wait; 0 when the request fits and was counted. */
  private use(key: string, limit: Limit): number {
    const now = this.clock.now();
    const open = this.windows.get(key);
    if (!open || now >= open.opensAt + limit.windowMs) {
      this.windows.set(key, { opensAt: now, used: 1 });
      return 0;
    }
    if (open.used >= limit.count) return open.opensAt + limit.windowMs - now;
    open.used += 1;
    return 0;
  }

  private headers(key: string, route: string, limit: Limit): Headers {
    const used = this.windows.get(key)?.used ?? 0;
    const resetAt = this.resetAt(key, limit);
    return {
      'X-RateLimit-Limit': String(limit.count),
      'X-RateLimit-Remaining': String(Math.max(0, limit.count - used)),
      'X-RateLimit-Reset': (resetAt / 1_000).toFixed(3),
      'X-RateLimit-Reset-After': (Math.max(0, resetAt - this.clock.now()) / 1_000).toFixed(3),
      'X-RateLimit-Bucket': this.bucket(route),
    };
  }

  private refuse(
    key: string,
    route: string,
    limit: Limit,
    retryAfterMs: number,
    scope: Refusal['scope'],
    violation: string | undefined,
  ): Verdict {
    const global = scope === 'global';
    this.told.set(global ? 'global' : key, {
      until: this.clock.now() + retryAfterMs,
      how: 'was told to wait',
    });
    const headers: Headers = {
      ...this.headers(key, route, limit),
      'Retry-After': String(Math.ceil(retryAfterMs / 1_000)),
      'X-RateLimit-Scope': scope,
      ...(global && { 'X-RateLimit-Global': 'true' }),
    };
    return { headers, refusal: { retryAfterMs, global, scope }, violation };
  }
}
