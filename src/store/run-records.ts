import { createBatcher } from '../core/batching.ts';
import type { NewRunRecord, RecordedStep, RunRecord, RunRecordStore } from '../core/ports.ts';
import type { Database } from './database.ts';
import type { RunRecordDocument, ThreadDocument } from './documents.ts';
import { mapped } from './foreign-errors.ts';
import { MOST_TOGETHER } from './together.ts';

export function createRunRecordStore({ connection, models }: Database): RunRecordStore {
  const records = connection.collection<RunRecordDocument>('run_records');
  const threads = connection.collection<ThreadDocument>('threads');

  /** A thread that was deleted since its run ended took its records with it: later ones must not stay. */
  async function removeOrphans(threadIds: readonly string[]): Promise<void> {
    const found = await threads.find({ _id: { $in: [...threadIds] } }, { projection: { _id: 1 } }).toArray();
    const alive = new Set(found.map(({ _id }) => _id));
    const orphaned = threadIds.filter((id) => !alive.has(id));
    if (orphaned.length > 0) await models.run_records.deleteMany({ threadId: { $in: orphaned } });
  }

  const add = createBatcher<NewRunRecord, void>({
    maxItems: MOST_TOGETHER,
    async perform(added) {
      await records.bulkWrite(added.map(asUpsert));
      await removeOrphans([...new Set(added.map(({ threadId }) => threadId))]);
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
