import type { Database } from '../../../src/store/index.ts';
import { toDelivery, toMessage, toRun, toThread } from '../../../src/store/documents.ts';
import type { Snapshot } from './snapshot.ts';

/** All that MongoDB holds, read from the primary after a majority has it. */
export async function gatherStored({
  models,
}: Database): Promise<Pick<Snapshot, 'threads' | 'messages' | 'runs' | 'deliveries'>> {
  const [threads, messages, runs, deliveries] = await Promise.all([
    models.threads.find({}).readConcern('majority').lean(),
    models.messages.find({}).readConcern('majority').lean(),
    models.runs.find({}).readConcern('majority').lean(),
    models.deliveries.find({}).readConcern('majority').lean(),
  ]);
  return {
    threads: threads.map(toThread),
    messages: messages.map(toMessage),
    runs: runs.map(toRun),
    deliveries: deliveries.map(toDelivery),
  };
}
