import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { LIMITS } from '../core/limits.ts';
import type { RateAnswer, RequestLimiter } from '../core/ports.ts';
import type { Keys } from './keys.ts';
import type { RedisClient } from './redis.ts';

/** So many requests of a key in each window. */
export type RequestLimit = { requests: number; windowMs: number };

/**
 * The client as the limiter knows node-redis. As ioredis it would define a command of its own, and ioredis ends the
 * process when such a command comes while a pipeline waits that was begun before.
 */
function asNodeRedis(commands: RedisClient) {
  return {
    get isReady() {
      return commands.status === 'ready';
    },
    eval: (script: string, { keys, arguments: values }: { keys: string[]; arguments: string[] }) =>
      commands.eval(script, keys.length, ...keys, ...values),
  };
}

/**
 * A process takes turns for a key from Redis in shares of this part of the limit, and gives them out without asking: a
 * client that asks often does not wait for Redis each time, and what is left over in a window is a thousandth.
 */
const SHARES = 1_000;
/** A share that is not used up by then is forgotten, so that few are kept of keys that ask seldom. */
const SHARE_LASTS_MS = 1_000;
const MOST_SHARES = 1_000;

/** Counts requests in Redis, so that all processes share a key's limit, and lets them through while Redis is away. */
export function createRequestLimiter(options: {
  commands: RedisClient;
  keys: Keys;
  limit: RequestLimit;
  now: () => number;
  onError: (error: unknown) => void;
}): RequestLimiter {
  const { commands, keys, limit, now, onError } = options;
  const limiter = new RateLimiterRedis({
    storeClient: asNodeRedis(commands),
    useRedisPackage: true,
    keyPrefix: keys.requests,
    points: limit.requests,
    duration: Math.max(1, Math.round(limit.windowMs / 1_000)),
    // A program that keeps asking is refused without asking Redis.
    inMemoryBlockOnConsumed: limit.requests + 1,
    rejectIfRedisNotReady: true,
  });
  const share = Math.max(1, Math.floor(limit.requests / SHARES));
  const shares = new Map<string, { left: number; remaining: number; until: number }>();
  const asking = new Map<string, Promise<RateAnswer>>();
  const open: RateAnswer = { allowed: true, remaining: limit.requests };
  let askAgainAt = 0;

  function takeOfShare(key: string): RateAnswer | null {
    const mine = shares.get(key);
    if (mine === undefined || mine.left === 0 || mine.until < now()) return null;
    mine.left -= 1;
    return { allowed: true, remaining: mine.remaining + mine.left };
  }

  /** Takes a share, and of it the first turn. */
  async function takeShare(key: string): Promise<RateAnswer> {
    try {
      const { remainingPoints: remaining } = await limiter.consume(key, share);
      if (shares.size >= MOST_SHARES) shares.clear();
      shares.set(key, { left: share - 1, remaining, until: now() + SHARE_LASTS_MS });
      return { allowed: true, remaining: remaining + share - 1 };
    } catch (thrown) {
      if (thrown instanceof RateLimiterRes) {
        return { allowed: false, retryAfterMs: Math.max(1, thrown.msBeforeNext) };
      }
      askAgainAt = now() + LIMITS.limiterPauseMs;
      onError(thrown);
      return open;
    }
  }

  return {
    async take(key) {
      if (share === 1) return now() < askAgainAt ? open : takeShare(key);
      for (;;) {
        if (now() < askAgainAt) return open;
        const turn = takeOfShare(key);
        if (turn !== null) return turn;
        const asked = asking.get(key);
        if (asked === undefined) {
          const mine = takeShare(key).finally(() => asking.delete(key));
          asking.set(key, mine);
          return mine;
        }
        const theirs = await asked;
        if (!theirs.allowed) return theirs;
      }
    },
  };
}
