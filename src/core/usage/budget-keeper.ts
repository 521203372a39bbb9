import type { Clock, NewId } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { Amount, BudgetLimit, BudgetScope, BudgetStore, ModelRequest } from '../ports.ts';
import { type Budgets, budgetSpent, isUnlimited, leftOf } from './budget.ts';
import { dayOf } from './day.ts';
import { bytesOf, likelyTokens, mostInputTokens } from './estimate.ts';
import { costOf, type ModelPrice, type RunUsage } from './usage.ts';

/** Put aside for an answer where the model's configuration does not bound it. */
const DEFAULT_OUTPUT_TOKENS = 16_384;
/** With less than this no answer is begun. */
const LEAST_OUTPUT_TOKENS = 256;
/**
 * A reservation ends so long after its process was last heard of.
 * @see chosen: a budget that dead calls hold is free again within a minute
 */
const RESERVATION_MS = 60_000;
/** How often it is renewed meanwhile. */
const RENEWAL_MS = 20_000;
/**
 * While other calls hold what is left, a call waits for them to end, asking this often and so long at most.
 * @see chosen: most calls spend a part of what they put aside, and end within seconds
 */
const ASK_AGAIN_MS = 250;
const WAIT_AT_MOST_MS = 60_000;

/** What was put aside for one call. */
export type Kept = {
  maxOutputTokens: number;
  /** Puts what was spent in its place; null when nothing was. Never rejects: what is lost ends by itself. */
  settle(used: RunUsage | null): Promise<void>;
};

export type BudgetKeeper = {
  /** Puts aside what the call may spend at most. @throws ThreadrelayError `budget_spent` when that is not left */
  reserve(request: ModelRequest, signal: AbortSignal): Promise<Kept>;
};

export type BudgetKeeperParts = {
  store: BudgetStore;
  budgets: Budgets;
  projectId: string;
  /** Null for a run that no person asked for. */
  personId: string | null;
  /** Of the dearest model that may answer; null when none has a price. */
  price: ModelPrice | null;
  /** Null where the model's configuration does not bound it. */
  maxOutputTokens: number | null;
  clock: Clock;
  newId: NewId;
  logger: Logger;
};

type Bound = { of: 'project' | 'person'; personId: string | null; limit: BudgetLimit };

/** Keeps the calls of a run within the budgets of its project and its person; null where they have none. */
export function createBudgetKeeper(parts: BudgetKeeperParts): BudgetKeeper | null {
  const { store, budgets, projectId, personId, clock, logger } = parts;
  const bounds: Bound[] = [
    ...(personId === null ? [] : [{ of: 'person' as const, personId, limit: budgets.person }]),
    { of: 'project' as const, personId: null, limit: budgets.project },
  ].filter(({ limit }) => !isUnlimited(limit));
  if (bounds.length === 0) return null;

  const amountOf = (inputTokens: number, outputTokens: number): Amount => ({
    tokens: inputTokens + outputTokens,
    usd: parts.price === null ? 0 : costOf({ inputTokens, outputTokens }, parts.price),
  });

  async function reserve(request: ModelRequest, signal: AbortSignal): Promise<Kept> {
    const input = mostInputTokens(request);
    const likely = amountOf(likelyTokens(bytesOf(request)), 0);
    const least = amountOf(input, LEAST_OUTPUT_TOKENS);
    let output = request.maxOutputTokens ?? parts.maxOutputTokens ?? DEFAULT_OUTPUT_TOKENS;
    const giveUpAt = clock.now().getTime() + WAIT_AT_MOST_MS;
    for (;;) {
      const now = clock.now();
      const id = parts.newId();
      const until = new Date(now.getTime() + RESERVATION_MS);
      const held: BudgetScope[] = [];
      const reservation = { id, most: amountOf(input, output), likely, until };
      let refusal: { bound: Bound; spent: Amount; reserved: Amount } | null = null;
      for (const bound of bounds) {
        const scope = { projectId, personId: bound.personId, day: dayOf(now) };
        const answer = await store.reserve(scope, bound.limit, reservation, now);
        if (answer.kind === 'refused') {
          refusal = { bound, ...answer };
          break;
        }
        held.push(scope);
      }
      if (refusal === null) return keep(held, id, output);
      await settleAll(held, id, { tokens: 0, usd: 0 });
      const { bound, spent, reserved } = refusal;
      if (!fits(least, leftOf(bound.limit, spent))) throw budgetSpent(bound.of, bound.limit, spent, now);
      const free = leftOf(bound.limit, {
        tokens: spent.tokens + reserved.tokens,
        usd: spent.usd + reserved.usd,
      });
      if (fits(least, free)) {
        output = largestOutput(input, output, free);
        continue;
      }
      if (signal.aborted || now.getTime() >= giveUpAt) throw budgetSpent(bound.of, bound.limit, spent, now);
      await clock.sleep(ASK_AGAIN_MS, signal);
    }
  }

  /** What others took meanwhile is found by the next try. */
  function largestOutput(input: number, wanted: number, free: Amount): number {
    const usdOfOne = amountOf(0, 1).usd;
    const byUsd = usdOfOne === 0 ? Number.POSITIVE_INFINITY : (free.usd - amountOf(input, 0).usd) / usdOfOne;
    return Math.max(LEAST_OUTPUT_TOKENS, Math.floor(Math.min(wanted, free.tokens - input, byUsd)));
  }

  function keep(held: readonly BudgetScope[], id: string, maxOutputTokens: number): Kept {
    const renewal = setInterval(() => {
      const until = new Date(clock.now().getTime() + RESERVATION_MS);
      Promise.all(held.map((scope) => store.renew(scope, id, until))).catch((error: unknown) => {
        logger.warn({ err: error }, 'a reservation of a budget was not renewed');
      });
    }, RENEWAL_MS);
    renewal.unref();
    return {
      maxOutputTokens,
      async settle(used) {
        clearInterval(renewal);
        const tokens = used === null ? 0 : used.inputTokens + used.outputTokens;
        await settleAll(held, id, { tokens, usd: used?.costUsd ?? 0 });
      },
    };
  }

  async function settleAll(held: readonly BudgetScope[], id: string, spent: Amount): Promise<void> {
    try {
      await Promise.all(held.map((scope) => store.settle(scope, id, spent)));
    } catch (error) {
      logger.warn(
        { err: error },
        'what a call spent was not taken from its budget; its reservation will end',
      );
    }
  }

  return { reserve };
}

function fits(needed: Amount, free: Amount): boolean {
  return needed.tokens <= free.tokens && needed.usd <= free.usd;
}
