import type { Ingest, IngestResult } from '../../core/ports.ts';
import type { SlackDirectory } from './directory.ts';
import type { SlackFact } from './parse-event.ts';

/** Hands facts to the house, in order. Resolves when all they mean is persisted; rejects when that failed. */
export async function tellFacts(
  facts: readonly SlackFact[],
  ingest: Ingest,
  directory: SlackDirectory,
): Promise<IngestResult[]> {
  const results: IngestResult[] = [];
  for (const fact of facts) results.push(await tellFact(fact, ingest, directory));
  return results;
}

async function tellFact(fact: SlackFact, ingest: Ingest, directory: SlackDirectory): Promise<IngestResult> {
  switch (fact.kind) {
    case 'message':
      return ingest.message(fact.message);
    case 'edit':
      return ingest.edit(fact.edit);
    case 'deletion':
      return ingest.deletion(fact.deletion);
    case 'closure':
      return ingest.closure(fact.closure);
    case 'stop':
      return ingest.stop(fact.origin);
    case 'channel_named':
      directory.noteChannel(fact.channel, fact.name);
      return { kind: 'ignored', why: 'a channel was named' };
    case 'channel_joined':
      // Its name will be wanted; the event does not wait for it.
      directory.learnChannel(fact.channel).catch(() => {});
      return { kind: 'ignored', why: 'the bot joined a channel' };
    case 'ignored':
      return { kind: 'ignored', why: fact.why };
  }
}
