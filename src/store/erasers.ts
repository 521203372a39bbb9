import type { ErasureSubject, PersonEraser } from '../core/ports.ts';
import { personKey } from '../core/privacy/person.ts';
import { mentions } from '../core/privacy/scrub.ts';
import type { Database } from './database.ts';
import type { RequestDocument } from './documents.ts';
import { mapped } from './foreign-errors.ts';
import { keysOf } from './person-traces.ts';
import { eraseUsage } from './usage-erasure.ts';

/** An answer that is kept for its Idempotency-Key names the thread that it tells of. */
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

type Erase = (subject: ErasureSubject, dryRun: boolean) => Promise<number>;

/** What is kept of people beside their threads. */
export function createPersonErasers(database: Database): readonly PersonEraser[] {
  const { models, connection } = database;

  const memories: Erase = async ({ projectId, person, part }, dryRun) => {
    const about = { projectId, subject: keysOf(person) };
    if (part.kind === 'of_person') {
      return dryRun
        ? models.memories.countDocuments(about)
        : (await models.memories.deleteMany(about)).deletedCount;
    }
    // What they told of others goes as well: it is from their messages.
    const told = await models.memories
      .find({ projectId, 'source.threadId': { $in: [...part.threadIds] }, $nor: [about] }, { source: 1 })
      .lean();
    const sources = told.flatMap(({ source }) => source ?? []);
    const theirs = await models.messages
      .find(
        {
          threadId: { $in: sources.map(({ threadId }) => threadId) },
          _id: { $in: sources.map(({ messageId }) => messageId) },
          'author.id': person.id,
        },
        { _id: 1 },
      )
      .lean();
    const ids = new Set(theirs.map(({ _id }) => _id));
    const found = told.filter(({ source }) => ids.has(source?.messageId ?? '')).map(({ _id }) => _id);
    if (!dryRun) await models.memories.deleteMany({ projectId, _id: { $in: found } });
    return found.length;
  };

  const keptAnswers: Erase = async ({ projectId, person, part }, dryRun) => {
    const names = (answer: string): boolean => {
      if (part.kind === 'of_person') return answer.includes(personKey(person)) || mentions(answer, person.id);
      return (answer.match(UUID) ?? []).some((id) => part.threadIds.includes(id));
    };
    const requests = connection.collection<RequestDocument>('requests');
    const ofProject = { _id: { $regex: `^\\["${projectId}",` } };
    let count = 0;
    for await (const { _id, answer } of requests.find(ofProject, { projection: { answer: 1 } })) {
      if (!names(`${answer?.body ?? ''} ${JSON.stringify(answer?.headers ?? {})}`)) continue;
      count += 1;
      if (!dryRun) await requests.deleteOne({ _id });
    }
    return count;
  };

  const usageRows: Erase = async ({ projectId, person, part }, dryRun) =>
    part.kind === 'of_person' ? eraseUsage(database, { projectId, personId: keysOf(person) }, dryRun) : 0;

  const erasures: Record<string, Erase> = { memories, kept_answers: keptAnswers, usage_rows: usageRows };
  return Object.entries(erasures).map(([kind, erase]) => ({
    kind,
    erase: (subject, { dryRun }) => mapped(() => erase(subject, dryRun)),
  }));
}
