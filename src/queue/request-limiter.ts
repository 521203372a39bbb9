import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { LIMITS } from '../core/limits.ts';
import type { RequestLimiter } from '../core/ports.ts';
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
  let askAgainAt = 0;

  return {
    async take(key) {
      if (now() < askAgainAt) return { allowed: true, remaining: limit.requests };
      try {
        const { remainingPoints } = await limiter.consume(key);
        return { allowed: true, remaining: remainingPoints };
      } catch (thrown) {
        if (thrown instanceof RateLimiterRes) {
          return { allowed: false, retryAfterMs: Math.max(1, thrown.msBeforeNext) };
        }
        askAgainAt = now() + LIMITS.limiterPauseMs;
        onError(thrown);
        return { allowed: true, remaining: limit.requests };
      }
    },
  };
}
