import { createBatcher } from '../core/batching.ts';
import { ThreadrelayError } from '../core/errors.ts';
import type { Admission, AdmissionResult, InboxStore } from '../core/ports.ts';
import { admitAlone, ThreadChanged } from './admit-alone.ts';
import { admitTogether } from './admit-together.ts';
import type { Database } from './database.ts';
import { isDuplicateKey, mapped } from './foreign-errors.ts';
import { KnownMessage, KnownRun, knownMessages, knownRun } from './known-already.ts';
import { MOST_TOGETHER } from './together.ts';
import type { OriginIndex } from './threads.ts';

type Refusal = Extract<AdmissionResult, { kind: 'refused' }>;

/** Each failed round means that another process made progress, so a handful is plenty. */
const ROUNDS = 8;

export function createInboxStore(database: Database, origins: OriginIndex): InboxStore {
  const { models, connection } = database;

  /** Where the messages go; `threadId` is null for a thread that is to be made. */
  async function locate({ thread, onlyExisting }: Admission): Promise<{ threadId: string | null } | Refusal> {
    const unknown: Refusal = { kind: 'refused', reason: 'thread_unknown' };
    const absent = onlyExisting === true ? unknown : { threadId: null };
    if (thread.origin === null) {
      const found = await models.threads.findById(thread.id, { projectId: 1 }).lean();
      if (found === null) return absent;
      return found.projectId === thread.projectId ? { threadId: thread.id } : unknown;
    }
    const known = await origins.lookUp(thread.origin);
    if (known === null) return absent;
    return known.deleted ? { kind: 'refused', reason: 'thread_deleted' } : { threadId: known.threadId };
  }

  /** What became of what is there already; null when it has gone since. */
  async function readDuplicate(
    admission: Admission,
    known: KnownMessage | KnownRun,
  ): Promise<AdmissionResult | null> {
    const located = await locate(admission);
    if ('kind' in located) return located;
    if (located.threadId === null) return null;
    return known instanceof KnownRun
      ? knownRun(models, located.threadId, known)
      : knownMessages(models, located.threadId, admission.messages);
  }

  async function admit(admission: Admission): Promise<AdmissionResult> {
    for (let round = 1; ; round += 1) {
      try {
        const located = await locate(admission);
        return 'kind' in located ? located : await admitAlone(database, admission, located.threadId);
      } catch (thrown) {
        const isKnown = thrown instanceof KnownMessage || thrown instanceof KnownRun;
        const duplicate = isKnown ? await readDuplicate(admission, thrown) : null;
        if (duplicate !== null) return duplicate;
        const another = isKnown || isDuplicateKey(thrown) || thrown instanceof ThreadChanged;
        if (!another) throw thrown;
        if (round >= ROUNDS) {
          throw new ThreadrelayError('conflict', 'An id of the request is taken by something else.', {
            cause: thrown,
          });
        }
        if (admission.thread.origin !== null) origins.forget(admission.thread.origin);
      }
    }
  }

  const admitSoon = createBatcher<Admission, AdmissionResult>({
    maxItems: MOST_TOGETHER,
    async perform(admissions) {
      const together = admissions.length > 1 ? await admitTogether(connection, origins, admissions) : null;
      return admissions.map((admission, index) => together?.[index] ?? admit(admission));
    },
  });

  return { admit: (admission) => mapped(() => admitSoon(admission)) };
}
