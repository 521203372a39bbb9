import { ThreadrelayError } from '../core/errors.ts';
import type { NewMessage } from '../core/messages/message.ts';
import type { AdmissionResult } from '../core/ports.ts';
import type { Models } from './models.ts';

type Duplicate = Extract<AdmissionResult, { kind: 'duplicate' }>;

/** Signals that one of the messages to be stored is there already, or its id is taken. */
export class KnownMessage extends Error {}

/** Signals that the run is there already. */
export class KnownRun extends Error {
  readonly runId: string;
  readonly idempotencyKey: string;

  constructor(run: { id: string; idempotencyKey: string }) {
    super();
    this.runId = run.id;
    this.idempotencyKey = run.idempotencyKey;
  }
}

/**
 * What became of messages when they were first taken in; null when they are not there (any more).
 * @throws ThreadrelayError `conflict` when the first is new, but not all of those after it
 */
export async function knownMessages(
  models: Models,
  threadId: string,
  messages: readonly NewMessage[],
): Promise<Duplicate | null> {
  const sources = messages.flatMap(({ sourceId }) => sourceId ?? []);
  const found = await models.messages
    .find(
      { threadId, $or: [{ sourceId: { $in: sources } }, { _id: { $in: messages.map(({ id }) => id) } }] },
      { sourceId: 1 },
    )
    .lean();
  const isKnown = ({ id, sourceId }: NewMessage) =>
    found.find((each) => each._id === id || (each.sourceId !== null && each.sourceId === sourceId));
  const [first] = messages;
  const known = first === undefined ? undefined : isKnown(first);
  if (known !== undefined) {
    const run = await models.runs.findOne({ threadId, triggerMessageIds: known._id }, { _id: 1 }).lean();
    return {
      kind: 'duplicate',
      threadId,
      messageId: known._id,
      run: run === null ? null : { threadId, runId: run._id },
    };
  }
  const index = messages.findIndex(isKnown);
  if (index === -1) return null;
  throw new ThreadrelayError(
    'conflict',
    `Message ${index + 1} of ${messages.length} is in the thread already, but the first is not. Send new messages alone.`,
    { details: { field: `messages.${index}` } },
  );
}

/** The run that was made already; null when it is not there (any more). */
export async function knownRun(
  models: Models,
  threadId: string,
  { runId, idempotencyKey }: KnownRun,
): Promise<Duplicate | null> {
  const run = await models.runs
    .findOne({ threadId, $or: [{ _id: runId }, { idempotencyKey }] }, { triggerMessageIds: 1 })
    .lean();
  if (run === null) return null;
  const [messageId = run._id] = run.triggerMessageIds;
  return { kind: 'duplicate', threadId, messageId, run: { threadId, runId: run._id } };
}
