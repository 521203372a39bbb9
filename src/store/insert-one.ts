import type { ClientSession, Connection, mongo } from 'mongoose';
import type {
  CheckpointDocument,
  DeliveryDocument,
  MessageDocument,
  OriginDocument,
  RunDocument,
  ThreadDocument,
} from './documents.ts';

type Documents = {
  origins: OriginDocument;
  threads: ThreadDocument;
  messages: MessageDocument;
  checkpoints: CheckpointDocument;
  runs: RunDocument;
  deliveries: DeliveryDocument;
};

/**
 * Inserts one document as it is. Not `insertMany`: the driver's bulk errors do not say which unique index refused a
 * document, and that tells a message that is known already from a race that is to be run again.
 */
export async function insertOne<K extends keyof Documents>(
  connection: Connection,
  collection: K,
  document: mongo.OptionalUnlessRequiredId<Documents[K]>,
  session: ClientSession,
): Promise<void> {
  await connection.collection<Documents[K]>(collection).insertOne(document, { session });
}
