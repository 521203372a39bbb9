import { LIMITS } from '../core/limits.ts';
import type { IdempotencyClaim, IdempotencyStore, IdempotentRequest } from '../core/ports.ts';
import type { Database } from './database.ts';
import type { RequestDocument } from './documents.ts';
import { isDuplicateKey, mapped } from './foreign-errors.ts';

/** A claim that anybody may take over at once. */
const FREE = new Date(0);

/** Each failed round means that another process took it, so a handful is plenty. */
const ROUNDS = 8;

function idOf({ projectId, key }: IdempotentRequest): string {
  return JSON.stringify([projectId, key]);
}

export function createIdempotencyStore({ models, connection }: Database): IdempotencyStore {
  const requests = connection.collection<RequestDocument>('requests');

  async function isInserted(document: RequestDocument): Promise<boolean> {
    try {
      await requests.insertOne(document);
      return true;
    } catch (thrown) {
      if (isDuplicateKey(thrown)) return false;
      throw thrown;
    }
  }

  /** Takes the request as it was read, or not at all. */
  async function isTaken(read: RequestDocument, by: RequestDocument): Promise<boolean> {
    const { _id, seed, claimedAt, fingerprint, answer } = read;
    const result = await requests.replaceOne({ _id, seed, claimedAt, fingerprint, answer }, by);
    return result.matchedCount === 1;
  }

  async function claim(
    request: IdempotentRequest,
    newSeed: string,
    now: Date,
    takeOverBefore: Date,
  ): Promise<IdempotencyClaim> {
    const fresh: RequestDocument = {
      _id: idOf(request),
      fingerprint: request.fingerprint,
      seed: newSeed,
      claimedAt: now,
      answer: null,
      expiresAt: new Date(now.getTime() + LIMITS.idempotencyMs),
    };
    for (let round = 1; round <= ROUNDS; round += 1) {
      if (await isInserted(fresh)) return { kind: 'first', seed: newSeed };
      const known = await models.requests.findById(fresh._id).lean();
      if (known === null) continue;
      if (known.expiresAt <= now) {
        // MongoDB removes it within a minute or so.
        if (await isTaken(known, fresh)) return { kind: 'first', seed: newSeed };
        continue;
      }
      if (known.fingerprint !== null && known.fingerprint !== request.fingerprint)
        return { kind: 'mismatch' };
      if (known.answer !== null) return { kind: 'answered', answer: known.answer };
      if (known.claimedAt > takeOverBefore) return { kind: 'in_progress' };
      const again = { ...known, fingerprint: request.fingerprint, claimedAt: now };
      if (await isTaken(known, again)) return { kind: 'first', seed: known.seed };
    }
    return { kind: 'in_progress' };
  }

  return {
    claim: (request, newSeed, now, takeOverBefore) =>
      mapped(() => claim(request, newSeed, now, takeOverBefore)),

    keep: (request, answer) =>
      mapped(async () => {
        const { fingerprint } = request;
        await models.requests.updateOne(
          { _id: idOf(request), fingerprint: { $in: [fingerprint, null] }, answer: null },
          { $set: { fingerprint, answer } },
        );
      }),

    // The seed stays: where another try has taken the request over meanwhile, it and the next make the same.
    forget: (request) =>
      mapped(async () => {
        await models.requests.updateOne(
          { _id: idOf(request), fingerprint: request.fingerprint, answer: null },
          { $set: { fingerprint: null, claimedAt: FREE } },
        );
      }),
  };
}
