import { mongo } from 'mongoose';
import { ThreadrelayError } from '../core/errors.ts';

/** MongoDB's code of a write that a unique index refused. */
export const DUPLICATE_KEY = 11_000;

/** True for a write refused by a unique index; with `pattern`, by the index on exactly these fields. */
export function isDuplicateKey(thrown: unknown, pattern?: readonly string[]): boolean {
  if (!(thrown instanceof mongo.MongoServerError) || thrown.code !== DUPLICATE_KEY) return false;
  if (pattern === undefined) return true;
  const fields: unknown = thrown['keyPattern'];
  if (fields === null || typeof fields !== 'object') return false;
  return Object.keys(fields).join() === pattern.join();
}

/** Maps the driver's errors into the one tree; ours pass through. */
export function fromMongo(thrown: unknown): unknown {
  if (thrown instanceof ThreadrelayError) return thrown;
  if (thrown instanceof mongo.MongoError) {
    return new ThreadrelayError(
      'store_unavailable',
      'The database did not take the request. Try again soon.',
      {
        retryable: true,
        certain: false,
        cause: thrown,
      },
    );
  }
  return thrown;
}

/** Runs a piece of store work with its errors mapped. */
export async function mapped<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw fromMongo(thrown);
  }
}
