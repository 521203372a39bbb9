import { randomInt } from 'node:crypto';
import type { ClientSession, Connection } from 'mongoose';
import type { RunOutcome, UsageRow, UsageStore } from '../core/ports.ts';
import { dayOf } from '../core/usage/day.ts';
import type { Database } from './database.ts';
import { mapped } from './foreign-errors.ts';
import type { UsageDocument } from './usage-documents.ts';

/**
 * Processes write to different rows of a day, so that the transactions that end their runs do not hinder one another.
 * @see chosen: of four processes two share a row in one case of three, and then wait a millisecond for one another
 */
const USAGE_SLOTS = 16;
/**
 * Rows for transactions that a process makes at the same time, which it does when one for all of them was hindered.
 * @see chosen: of 32 at once (MOST_TOGETHER) about one meets another
 */
const SPARE_USAGE_SLOTS = 512;

type Counted = 'runs' | 'inputTokens' | 'outputTokens' | 'cachedTokens' | 'costUsd';

/**
 * Adds what ended runs used to the totals of the day, inside the transaction that ends them: once, or not at all. `amid`
 * others: transactions of this process that are under way at the same time.
 */
export type UsageLedger = (
  outcomes: readonly RunOutcome[],
  session: ClientSession,
  amid: boolean,
) => Promise<void>;

export function createUsageLedger(connection: Connection): UsageLedger {
  const own = randomInt(USAGE_SLOTS);
  return async (outcomes, session, amid) => {
    const slot = amid ? USAGE_SLOTS + randomInt(SPARE_USAGE_SLOTS) : own;
    const rows = new Map<string, UsageDocument>();
    for (const row of outcomes.flatMap((outcome) => rowsOf(outcome, slot))) {
      const before = rows.get(row._id);
      rows.set(row._id, before === undefined ? row : sumOf(before, row));
    }
    if (rows.size === 0) return;
    await connection.collection<UsageDocument>('usage').bulkWrite(
      [...rows.values()].map(({ _id, projectId, day, personId, model, slot: itsSlot, ...counted }) => ({
        updateOne: {
          filter: { _id },
          update: { $inc: counted, $setOnInsert: { projectId, day, personId, model, slot: itsSlot } },
          upsert: true,
        },
      })),
      { session },
    );
  };
}

function rowsOf({ usage, spender, endedAt }: RunOutcome, slot: number): UsageDocument[] {
  if (usage === null || spender === undefined) return [];
  const { projectId, personId } = spender;
  const day = dayOf(endedAt);
  return (usage.byModel ?? []).map(({ model, ...used }, index) => ({
    _id: JSON.stringify([projectId, day, personId, model, slot]),
    projectId,
    day,
    personId,
    model,
    slot,
    // A run that used several models is one run all the same.
    runs: index === 0 ? 1 : 0,
    inputTokens: used.inputTokens,
    outputTokens: used.outputTokens,
    cachedTokens: used.cachedTokens ?? 0,
    costUsd: used.costUsd ?? 0,
  }));
}

function sumOf<T extends Pick<UsageRow, Counted>>(one: T, other: T): T {
  return {
    ...one,
    runs: one.runs + other.runs,
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    cachedTokens: one.cachedTokens + other.cachedTokens,
    costUsd: one.costUsd + other.costUsd,
  };
}

export function createUsageStore({ connection }: Database): UsageStore {
  return {
    since: (day, projectId) =>
      mapped(async () => {
        const documents = await connection
          .collection<UsageDocument>('usage')
          .find({ ...(projectId === null ? {} : { projectId }), day: { $gte: day } })
          .toArray();
        const rows = new Map<string, UsageRow>();
        for (const { _id, slot: _, ...row } of documents) {
          const key = JSON.stringify([row.projectId, row.day, row.personId, row.model]);
          const before = rows.get(key);
          rows.set(key, before === undefined ? row : sumOf(before, row));
        }
        return [...rows].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
      }),
  };
}
