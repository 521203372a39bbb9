import type { ErasureSubject, PersonEraser } from '../core/ports.ts';
import type { Database } from './database.ts';
import type { RequestDocument } from './documents.ts';
import { mapped } from './foreign-errors.ts';
import { ownerOf } from './memory-documents.ts';
import { eraseUsage } from './usage-erasure.ts';

/** An answer that is kept for its Idempotency-Key names the thread that it tells of. */
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

type Erase = (subject: ErasureSubject, dryRun: boolean) => Promise<number>;

/** What is kept of people beside their threads. */
export function createPersonErasers(database: Database): readonly PersonEraser[] {
  const { models, connection } = database;

  const memories: Erase = async ({ projectId, keys, messageIds }, dryRun) => {
    const owners = new Set(keys.map((key) => ownerOf(projectId, key)));
    // What they told of others goes as well: it is from their messages.
    const ids: string[] = [];
    for await (const memory of models.memories.find({ projectId }, { owner: 1, source: 1 }).lean().cursor()) {
      const isTold = memory.source !== null && messageIds.has(memory.source.messageId);
      if (owners.has(memory.owner) || isTold) ids.push(memory._id);
    }
    if (!dryRun) await models.memories.deleteMany({ projectId, _id: { $in: ids } });
    return ids.length;
  };

  const keptAnswers: Erase = async ({ projectId, threadIds }, dryRun) => {
    const requests = connection.collection<RequestDocument>('requests');
    const ofProject = { _id: { $regex: `^\\["${projectId}",` } };
    let count = 0;
    for await (const { _id, answer } of requests.find(ofProject, { projection: { answer: 1 } })) {
      const named = `${answer?.body ?? ''} ${JSON.stringify(answer?.headers ?? {})}`.match(UUID) ?? [];
      if (!named.some((id) => threadIds.has(id))) continue;
      count += 1;
      if (!dryRun) await requests.deleteOne({ _id });
    }
    return count;
  };

  const erasures: Record<string, Erase> = {
    memories,
    kept_answers: keptAnswers,
    usage_rows: (subject, dryRun) => eraseUsage(database, subject, dryRun),
  };
  return Object.entries(erasures).map(([kind, erase]) => ({
    kind,
    erase: (subject, { dryRun }) => mapped(() => erase(subject, dryRun)),
  }));
}
