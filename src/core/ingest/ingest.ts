import type { Clock, NewId } from '../clock.ts';
import type { ReachCrashPoint } from '../crash-points.ts';
import type { Logger } from '../logger.ts';
import { originKey } from '../origin.ts';
import type {
  CancelBroadcast,
  DeliveryStore,
  Doorbells,
  InboxStore,
  Ingest,
  MessageStore,
  RunStore,
  ThreadStore,
} from '../ports.ts';
import { createSerializer } from '../serializer.ts';
import type { Timings } from '../timings.ts';
import { createChanges } from './changes.ts';
import { type IngestRules, createReception } from './reception.ts';

export type { IngestRules } from './reception.ts';

export type IngestParts = {
  inbox: InboxStore;
  threads: ThreadStore;
  messages: MessageStore;
  runs: RunStore;
  deliveries: DeliveryStore;
  doorbells: Doorbells;
  cancels: CancelBroadcast;
  /** Asked for each event, so that a reload takes effect at once. */
  rules: () => IngestRules;
  clock: Clock;
  newId: NewId;
  timings: Pick<Timings, 'collectMs'>;
  crash: ReachCrashPoint;
  logger: Logger;
};

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
