import { isBlank } from '../../../src/core/rendering/sanitise.ts';
import { groupBy } from './group-by.ts';
import { type AskedMessage, type CheckOptions, keyOf, placeOf, type Snapshot, tell } from './snapshot.ts';

/** No acknowledged message that is to be answered may be lost: it is stored, and there is a run that answers it. */
export function lostMessages({ asked, threads, messages, runs }: Snapshot, options: CheckOptions): string[] {
  const threadsById = new Map(threads.map((thread) => [thread.id, thread]));
  const stored = groupBy(messages, (message) => {
    const thread = threadsById.get(message.threadId);
    const place = thread === undefined ? null : placeOf(thread);
    return place === null || message.sourceId === null ? null : keyOf(place, message.sourceId);
  });
  const runsByTrigger = groupBy(
    runs.flatMap((run) => run.triggerMessageIds.map((trigger) => ({ run, trigger }))),
    ({ trigger }) => trigger,
  );

  function fate(message: AskedMessage): string | null {
    const [found] = stored.get(keyOf(message, message.messageId)) ?? [];
    if (found === undefined) return 'is not stored';
    const answers = runsByTrigger.get(found.id) ?? [];
    if (found.redactedAt !== null) {
      const wasForgotten = answers.some(({ run }) => run.cancel === 'rollback');
      return wasForgotten ? null : 'was erased, though nobody deleted it';
    }
    if (answers.length > 0) return null;
    if (isBlank(found.text) && found.attachments.length === 0) return null;
    return (threadsById.get(found.threadId)?.closed ?? null) === null ? 'has no run' : null;
  }

  return asked.flatMap((message) => {
    if (message.deleted || !(message.acknowledged || options.unacknowledgedToo === true)) return [];
    if (isBlank(message.text) && !message.hasFiles) return [];
    if (options.mustAnswer?.(message) === false) return [];
    const lost = fate(message);
    const what = message.acknowledged ? 'was acknowledged' : 'was written';
    return lost === null ? [] : [`${tell(message)} ${what}, but ${lost}.`];
  });
}

/** One origin has one thread, one platform message one message, and a thread's messages stand one behind the other. */
export function doubledMessages({ threads, messages }: Snapshot): string[] {
  const threadsById = new Map(threads.map((thread) => [thread.id, thread]));
  const sentences: string[] = [];
  const origins = groupBy(threads, ({ origin }) =>
    origin === null ? null : `${origin.platform} ${origin.tenant} ${origin.channel} ${origin.thread}`,
  );
  for (const [origin, same] of origins) {
    if (same.length > 1) sentences.push(`The origin ${origin} has ${same.length} threads.`);
  }
  const sources = groupBy(messages, ({ threadId, sourceId }) => {
    const place = placeOf(threadsById.get(threadId) ?? { origin: null });
    return place === null || sourceId === null ? null : keyOf(place, sourceId);
  });
  for (const [source, same] of sources) {
    if (same.length > 1) sentences.push(`The platform message ${source} is stored ${same.length} times.`);
  }
  for (const [threadId, own] of groupBy(messages, (message) => message.threadId)) {
    const last = threadsById.get(threadId)?.lastSeq ?? 0;
    const seqs = new Set(own.map(({ seq }) => seq));
    if (seqs.size !== own.length) sentences.push(`Two messages of thread ${threadId} have one place (seq).`);
    if (own.some(({ seq }) => seq > last)) {
      sentences.push(`Thread ${threadId} has a message behind its last seq (${last}).`);
    }
  }
  return sentences;
}
