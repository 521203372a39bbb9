import type { Amount, PaceAsk, UsageRow } from '../core/ports.ts';
import { count, id, optionalText, schema, time } from './schema-parts.ts';
import { Schema } from 'mongoose';

/**
 * What was used on a day by one person with one model, as the processes of one slot counted it: `_id` is made of all of
 * these. Rows of several slots are one to who reads them.
 */
export type UsageDocument = UsageRow & { _id: string; slot: number };

/** Flat, so that one pipeline adds them up. */
export type HeldAmount = Amount & { id: string; likelyTokens: number; likelyUsd: number; until: Date };

/** What is spent and put aside of a budget on one day; `_id` is made of project, day and person. */
export type BudgetDocument = Amount & {
  _id: string;
  projectId: string;
  personId: string | null;
  day: string;
  held: HeldAmount[];
  expiresAt: Date;
};

/** Of a person's latest messages those that set off a run, and those that were told that they do not. */
export type PaceEntry = { key: string; at: Date; runs: boolean };

/** `_id` is made of project and person. */
export type PaceDocument = Pick<PaceAsk, 'projectId' | 'personId'> & {
  _id: string;
  entries: PaceEntry[];
  expiresAt: Date;
};

export const usageSchema = schema<UsageDocument>({
  _id: id,
  projectId: id,
  day: id,
  personId: optionalText,
  model: id,
  slot: count,
  runs: count,
  inputTokens: count,
  outputTokens: count,
  cachedTokens: count,
  costUsd: count,
});
usageSchema.index({ projectId: 1, day: 1 });
// For the erasure of a person.
usageSchema.index({ projectId: 1, personId: 1 });

export const budgetSchema = schema<BudgetDocument>({
  _id: id,
  projectId: id,
  personId: optionalText,
  day: id,
  tokens: count,
  usd: count,
  held: { type: [Schema.Types.Mixed], default: [] },
  expiresAt: time,
});
budgetSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
budgetSchema.index({ projectId: 1, personId: 1 });

export const paceSchema = schema<PaceDocument>({
  _id: id,
  projectId: id,
  personId: id,
  entries: { type: [Schema.Types.Mixed], default: [] },
  expiresAt: time,
});
paceSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
