import type { Redis } from 'ioredis';
import type { WriteBudget, WriteBudgets, WriteKind } from '../core/ports.ts';
import type { Keys } from './keys.ts';

/**
 * Takes one write from each of the given windows, or from none. A window is a sorted set of the times of its writes, and
 * the field `until` of its penalty holds everyone back. Time is Redis's own, so that processes need not agree on theirs.
 * KEYS: a window and its penalty for each budget. ARGV: member, then limit and window in ms for each budget.
 * Answers 0 when taken, else the milliseconds to wait.
 */
const TAKE = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local wait = 0
for i = 1, #KEYS / 2 do
  local window, penalty = KEYS[i * 2 - 1], KEYS[i * 2]
  local limit, span = tonumber(ARGV[i * 2]), tonumber(ARGV[i * 2 + 1])
  local held = tonumber(redis.call('GET', penalty) or '0') - now
  if held > wait then wait = held end
  redis.call('ZREMRANGEBYSCORE', window, '-inf', now - span)
  local used = redis.call('ZCARD', window)
  if used >= limit then
    local first = redis.call('ZRANGE', window, used - limit, used - limit, 'WITHSCORES')
    local free = tonumber(first[2]) + span - now
    if free > wait then wait = free end
  end
end
if wait > 0 then return math.ceil(wait) end
for i = 1, #KEYS / 2 do
  redis.call('ZADD', KEYS[i * 2 - 1], now, ARGV[1] .. ':' .. i)
  redis.call('PEXPIRE', KEYS[i * 2 - 1], ARGV[i * 2 + 1])
end
return 0
`;

/** Keeps the later of the penalty known and the one given. ARGV: milliseconds from now. */
const PENALISE = `
local t = redis.call('TIME')
local till = t[1] * 1000 + math.floor(t[2] / 1000) + tonumber(ARGV[1])
if till > tonumber(redis.call('GET', KEYS[1]) or '0') then
  redis.call('SET', KEYS[1], till, 'PX', ARGV[1])
end
return 0
`;

/** Counts live members; each must say so again within ARGV[2] ms. */
const JOIN = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[2]))
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
`;

/** A delivery that did not write for this long is not counted as active: the slowest preview interval is shorter. */
const MEMBER_TTL_MS = 90_000;

export function createWriteBudgets(options: {
  commands: Redis;
  keys: Keys;
  newId: () => string;
}): WriteBudgets {
  const { commands, keys, newId } = options;

  return {
    async take(budgets, kind) {
      if (budgets.length === 0) return { ok: true };
      const redisKeys = budgets.flatMap(({ key }) => [keys.budget(key), `${keys.budget(key)}:penalty`]);
      const limits = budgets.flatMap((budget) => [limitFor(budget, kind), budget.windowMs]);
      const wait = Number(await commands.eval(TAKE, redisKeys.length, ...redisKeys, newId(), ...limits));
      return wait === 0 ? { ok: true } : { ok: false, waitMs: wait };
    },

    async penalise(budgets, waitMs) {
      if (waitMs <= 0) return;
      await Promise.all(
        budgets.map(({ key }) =>
          commands.eval(PENALISE, 1, `${keys.budget(key)}:penalty`, Math.ceil(waitMs)),
        ),
      );
    },

    async join({ key }, member) {
      return Number(await commands.eval(JOIN, 1, keys.members(key), member, MEMBER_TTL_MS));
    },

    async leave({ key }, member) {
      await commands.zrem(keys.members(key), member);
    },
  };
}

function limitFor(budget: WriteBudget, kind: WriteKind): number {
  return kind === 'preview' ? Math.max(1, budget.limit - budget.reserve) : budget.limit;
}
