import { originKey } from '../origin.ts';
import type { Ingest } from '../ports.ts';
import { createSerializer } from '../serializer.ts';
import { createChanges } from './changes.ts';
import type { IngestParts } from './ingest-parts.ts';
import { createReception } from './reception.ts';

export type { IngestRules } from './ingest-parts.ts';

/** The door for platform events. Events of one thread are taken one by one, in the order of the calls. */
export function createIngest(parts: IngestParts): Ingest {
  const serially = createSerializer();
  const receive = createReception(parts);
  const changes = createChanges(parts);
  return {
    message: (message) => serially(originKey(message.origin), () => receive(message)),
    edit: (edit) => serially(originKey(edit.origin), () => changes.edit(edit)),
    deletion: (deletion) => serially(originKey(deletion.origin), () => changes.deletion(deletion)),
    closure: (closure) => serially(originKey(closure.origin), () => changes.closure(closure)),
    threadChange: (change) => serially(originKey(change.origin), () => changes.threadChange(change)),
    stop: (origin) => serially(originKey(origin), () => changes.stop(origin)),
  };
}
