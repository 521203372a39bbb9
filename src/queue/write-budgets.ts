import {
  EMPTY_WINDOW,
  holdWrites,
  recordWrite,
  waitForWrite,
  type WriteWindow,
} from '../core/pacing/write-window.ts';
import type { WriteBudget, WriteBudgets, WriteKind } from '../core/ports.ts';
import type { Keys } from './keys.ts';
import type { RedisClient } from './redis.ts';

/**
 * Takes one write from each of the given budgets, or from none, as core/pacing/write-window says. Time is Redis's own, so
 * that processes need not agree on theirs.
 * KEYS: for each budget its window (a sorted set of the times of its writes), its penalty and its members.
 * ARGV: id of the write, the member, its time to live, then for each budget the window in ms, the most writes in it, a
 * shorter span in ms and the most writes in that. Answers the ms to wait, and the members of each budget.
 */
const TAKE = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local wait = 0
local function room(window, span, most)
  local young = redis.call('ZCOUNT', window, '(' .. (now - span), '+inf')
  if young < most then return end
  local leaving = redis.call('ZRANGE', window, -most, -most, 'WITHSCORES')
  local free = tonumber(leaving[2]) + span - now
  if free > wait then wait = free end
end
local answer = { 0 }
for i = 1, #KEYS / 3 do
  local window, penalty, members = KEYS[i * 3 - 2], KEYS[i * 3 - 1], KEYS[i * 3]
  local a = i * 4
  local span = tonumber(ARGV[a])
  local held = tonumber(redis.call('GET', penalty) or '0') - now
  if held > wait then wait = held end
  redis.call('ZREMRANGEBYSCORE', window, '-inf', now - span)
  room(window, span, tonumber(ARGV[a + 1]))
  if tonumber(ARGV[a + 2]) > 0 then room(window, tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3])) end
  redis.call('ZREMRANGEBYSCORE', members, '-inf', now - tonumber(ARGV[3]))
  redis.call('ZADD', members, now, ARGV[2])
  redis.call('PEXPIRE', members, ARGV[3])
  answer[i + 1] = redis.call('ZCARD', members)
end
answer[1] = math.ceil(wait)
if wait > 0 then return answer end
for i = 1, #KEYS / 3 do
  redis.call('ZADD', KEYS[i * 3 - 2], now, ARGV[1])
  redis.call('PEXPIRE', KEYS[i * 3 - 2], ARGV[i * 4])
end
return answer
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

/** A member that did not ask for so long is not active any more: longer than any interval between previews. */
const MEMBER_TTL_MS = 90_000;

/** Budgets remembered for when Redis is away; the oldest are forgotten, and their windows are long past. */
const LOCAL_WINDOWS = 2_000;

/** Budgets in Redis, shared by all processes; while Redis is away each process keeps to them by itself. */
export function createWriteBudgets(options: {
  commands: RedisClient;
  keys: Keys;
  newId: () => string;
  now: () => number;
  onError: (error: unknown) => void;
}): WriteBudgets {
  const { commands, keys, newId, now, onError } = options;
  const local = createLocalWindows();

  return {
    async take(budgets, kind, member) {
      if (budgets.length === 0) return { waitMs: 0, active: [] };
      const redisKeys = budgets.flatMap(({ key }) => [
        keys.budget(key),
        `${keys.budget(key)}:penalty`,
        keys.members(key),
      ]);
      const limits = budgets.flatMap((budget) => limitsFor(budget, kind));
      try {
        const reply = await commands.eval(
          TAKE,
          redisKeys.length,
          ...redisKeys,
          newId(),
          member,
          MEMBER_TTL_MS,
          ...limits,
        );
        const [waitMs = 0, ...active] = Array.isArray(reply) ? reply.map(Number) : [];
        // Remembered here too, so that a process that loses Redis does not begin with empty windows.
        if (waitMs === 0) local.record(budgets, now());
        return { waitMs, active };
      } catch (error) {
        onError(error);
        return { waitMs: local.take(budgets, kind, now()), active: budgets.map(() => 1) };
      }
    },

    async penalise(budgets, waitMs) {
      if (waitMs <= 0) return;
      local.hold(budgets, waitMs, now());
      const held = budgets.map(({ key }) =>
        commands.eval(PENALISE, 1, `${keys.budget(key)}:penalty`, Math.ceil(waitMs)),
      );
      await Promise.all(held).catch(onError);
    },

    async leave(budgets, member) {
      await Promise.all(budgets.map(({ key }) => commands.zrem(keys.members(key), member))).catch(onError);
    },
  };
}

function limitsFor({ limit, windowMs, reserve, finals }: WriteBudget, kind: WriteKind): number[] {
  if (kind !== 'preview') return [windowMs, limit, 0, 0];
  const most = Math.max(1, limit - reserve);
  if (finals === undefined) return [windowMs, most, 0, 0];
  return [windowMs, most, Math.max(0, windowMs - finals.withinMs), Math.max(1, limit - finals.count)];
}

function createLocalWindows() {
  const windows = new Map<string, WriteWindow>();
  const of = (budget: WriteBudget) => windows.get(budget.key) ?? EMPTY_WINDOW;
  const keep = (budget: WriteBudget, window: WriteWindow) => {
    windows.delete(budget.key);
    windows.set(budget.key, window);
    if (windows.size <= LOCAL_WINDOWS) return;
    const oldest = windows.keys().next();
    if (oldest.done !== true) windows.delete(oldest.value);
  };
  const record = (budgets: WriteBudget[], at: number) => {
    for (const budget of budgets) keep(budget, recordWrite(of(budget), budget, at));
  };
  return {
    record,
    take(budgets: WriteBudget[], kind: WriteKind, at: number): number {
      const wait = Math.max(...budgets.map((budget) => waitForWrite(of(budget), budget, kind, at)));
      if (wait === 0) record(budgets, at);
      return Math.ceil(wait);
    },
    hold(budgets: WriteBudget[], waitMs: number, at: number) {
      for (const budget of budgets) keep(budget, holdWrites(of(budget), waitMs, at));
    },
  };
}
