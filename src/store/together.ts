import { type ClientSession, type Connection, mongo } from 'mongoose';

/**
 * Most items of one transaction: it holds their threads for some milliseconds, and MongoDB gives it 60 s. Half of
 * LIMITS.mongodbConnections: items that are tried alone may wait inside MongoDB for a transaction of this very process,
 * and must leave it a connection to commit with.
 */
export const MOST_TOGETHER = 32;

/** Most items of one query: what they answer must stay small beside a batch of messages. */
export const MOST_READ_TOGETHER = 64;

/** Thrown inside `allTogether` when the items cannot share one transaction. */
export class NotTogether extends Error {}

/**
 * One transaction for what many asked for at once. Null when it was surely rolled back because one of them hindered it
 * (a duplicate, a conflict, a lost claim): each is then to be tried alone, and to hear its own reason.
 * @throws MongoError when the database is away or nobody knows whether it committed: the same for all of them.
 */
export async function allTogether<T>(
  connection: Connection,
  work: (session: ClientSession) => Promise<T>,
): Promise<T | null> {
  const session = await connection.startSession();
  try {
    session.startTransaction();
    const result = await work(session);
    await session.commitTransaction();
    return result;
  } catch (thrown) {
    if (session.inTransaction()) await session.abortTransaction();
    if (isOutage(thrown)) throw thrown;
    return null;
  } finally {
    await session.endSession();
  }
}

function isOutage(thrown: unknown): boolean {
  if (!(thrown instanceof mongo.MongoError)) return false;
  return (
    !(thrown instanceof mongo.MongoServerError) || thrown.hasErrorLabel('UnknownTransactionCommitResult')
  );
}
