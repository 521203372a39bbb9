import type { mongo } from 'mongoose';
import { createBatcher } from '../core/batching.ts';
import type { NewRunRecord, RecordedStep, RunRecord, RunRecordStore } from '../core/ports.ts';
import { blankRecords } from './blank-records.ts';
import type { Database } from './database.ts';
import type { RunDocument, RunRecordDocument } from './documents.ts';
import { mapped } from './foreign-errors.ts';
import { upToDate } from './outdate-attempts.ts';
import { MOST_TOGETHER } from './together.ts';

type Filter = mongo.Filter<RunDocument>;

export function createRunRecordStore({ connection, models }: Database): RunRecordStore {
  const records = connection.collection<RunRecordDocument>('run_records');
  const runs = connection.collection<RunDocument>('runs');

  /**
   * A record is stored after its run has settled, and messages may have been erased since. Each run is touched where nothing
   * was: an erasure, or a deletion of the thread, at this moment conflicts with that, and finds the record or is found here.
   */
  async function confirm(added: readonly NewRunRecord[]): Promise<void> {
    const { matchedCount } = await runs.bulkWrite(
      added.map((record) => ({
        updateOne: { filter: ofCurrent(record), update: { $inc: { recorded: 1 } } },
      })),
    );
    if (matchedCount < added.length) await takeBack(added);
  }

  /** Of runs that went with their thread no record stays, and of outdated attempts no text. */
  async function takeBack(added: readonly NewRunRecord[]): Promise<void> {
    const threadId = { $in: added.map((record) => record.threadId) };
    const idsOf = async (filter: Filter) =>
      new Set((await runs.find(filter, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id));
    const current = await idsOf({ $or: added.map(ofCurrent) });
    const late = added.map(({ runId }) => runId).filter((id) => !current.has(id));
    const there = await idsOf({ threadId, _id: { $in: late } });
    const gone = late.filter((id) => !there.has(id));
    await models.run_records.deleteMany({ threadId, _id: { $in: gone } });
    await blankRecords(models, { threadId, _id: { $in: [...there] } });
  }

  const add = createBatcher<NewRunRecord, void>({
    maxItems: MOST_TOGETHER,
    async perform(added) {
      await records.bulkWrite(added.map(asUpsert));
      await confirm(added);
      return added.map(() => undefined);
    },
  });

  return {
    add: (record) => mapped(() => add(record)),

    find: ({ threadId, runId }) =>
      mapped(async () => {
        const document = await records.findOne({ threadId, _id: runId });
        return document === null ? null : toRunRecord(document);
      }),
  };
}

/** The run of a record whose attempt has read nothing that was erased since. */
function ofCurrent({ runId, threadId, fence }: Pick<NewRunRecord, 'runId' | 'threadId' | 'fence'>): Filter {
  return { _id: runId, threadId, ...upToDate(fence) };
}

/** Each attempt is added once: its fence is among those that are there, or it is the one that adds it. */
function asUpsert({ runId, threadId, fence, steps, createdAt, projectId, ...rest }: NewRunRecord) {
  const keepsText = steps.some(holdsText);
  const all = { $concatArrays: [{ $ifNull: ['$steps', []] }, { $literal: steps }] };
  const isNew = { $not: [{ $in: [fence, { $ifNull: ['$fences', []] }] }] };
  return {
    updateOne: {
      filter: { _id: runId, threadId },
      update: [
        {
          $set: {
            projectId,
            ...literal(rest),
            createdAt: { $ifNull: ['$createdAt', createdAt] },
            steps: { $cond: [isNew, all, '$steps'] },
            fences: { $setUnion: [{ $ifNull: ['$fences', []] }, [fence]] },
            keepsText: { $or: [{ $ifNull: ['$keepsText', false] }, keepsText] },
          },
        },
      ],
      upsert: true,
    },
  };
}

/** Text of people may begin with `$`, which an expression would take for a field. */
function literal(values: Record<string, string>) {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { $literal: value }]));
}

function holdsText({ added, messages }: RecordedStep): boolean {
  return (added !== null && added !== '') || messages.some((message) => 'text' in message);
}

function toRunRecord(document: RunRecordDocument): RunRecord {
  const { _id, fences: _fences, keepsText: _keepsText, ...rest } = document;
  return { runId: _id, ...rest };
}
