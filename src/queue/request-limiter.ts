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
 * client that asks often does not wait for Redis each time. In a window a key gets at most one share a process more or
 * less than its limit.
 */
const SHARES = 1_000;
/** Keys of which a share is kept; beyond it all are forgotten, and taken anew by those that ask. */
const KEPT_SHARES = 1_000;

const ALLOWED: RateAnswer = { allowed: true };

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
  /** Turns left of each key's share. */
  const shares = new Map<string, number>();
  const asking = new Map<string, Promise<RateAnswer>>();
  let askAgainAt = 0;

  /** Takes a share, and of it the first turn. */
  async function takeShare(key: string): Promise<RateAnswer> {
    try {
      await limiter.consume(key, share);
      if (shares.size >= KEPT_SHARES) shares.clear();
      shares.set(key, share - 1);
      return ALLOWED;
    } catch (thrown) {
      if (thrown instanceof RateLimiterRes) {
        return { allowed: false, retryAfterMs: Math.max(1, thrown.msBeforeNext) };
      }
      askAgainAt = now() + LIMITS.limiterPauseMs;
      onError(thrown);
      return ALLOWED;
    }
  }

  return {
    async take(key) {
      for (;;) {
        if (now() < askAgainAt) return ALLOWED;
        const left = shares.get(key) ?? 0;
        if (left > 0) {
          shares.set(key, left - 1);
          return ALLOWED;
        }
        // Nothing is left over for who would wait for a share of one turn.
        const asked = share === 1 ? undefined : asking.get(key);
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
