import { ThreadrelayError } from '../errors.ts';
import type { Amount, BudgetLimit } from '../ports.ts';
import { endOfDay } from './day.ts';

/** What a project, and each person in it, may spend on a day in UTC. */
export type Budgets = { project: BudgetLimit; person: BudgetLimit };

export function isUnlimited({ tokens, usd }: BudgetLimit): boolean {
  return tokens === null && usd === null;
}

/** Of what may be spent, what is left besides `taken`; infinite where there is no limit. Pure. */
export function leftOf(limit: BudgetLimit, taken: Amount): Amount {
  return {
    tokens: limit.tokens === null ? Number.POSITIVE_INFINITY : limit.tokens - taken.tokens,
    usd: limit.usd === null ? Number.POSITIVE_INFINITY : limit.usd - taken.usd,
  };
}

/** Whose budget is over, which, and when it begins anew: what the person is told. Pure. */
export function budgetSpent(of: 'project' | 'person', limit: BudgetLimit, spent: Amount, now: Date) {
  const left = leftOf(limit, spent);
  const isOver = left.tokens <= 0 || left.usd <= 0;
  const who = of === 'person' ? 'you have' : 'this project has';
  const whose = of === 'person' ? 'your' : "this project's";
  const what = isOver
    ? `${capital(who)} spent today's budget of ${shown(limit)}.`
    : `What is left of ${whose} budget for today (${shown(limit)}) does not suffice for this answer.`;
  return new ThreadrelayError('budget_spent', `${what} It is renewed at 00:00 UTC, in ${waitUntil(now)}.`, {
    details: { budget: of, limit, spent },
  });
}

function shown({ tokens, usd }: BudgetLimit): string {
  const parts = [
    ...(tokens === null ? [] : [`${tokens.toLocaleString('en-US')} tokens`]),
    ...(usd === null ? [] : [usd.toLocaleString('en-US', { style: 'currency', currency: 'USD' })]),
  ];
  return parts.join(' and ');
}

function waitUntil(now: Date): string {
  const minutes = Math.ceil((endOfDay(now).getTime() - now.getTime()) / 60_000);
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
