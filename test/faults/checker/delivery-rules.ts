import {
  DELIVERY_STATUSES,
  OPEN_DELIVERY_STATUSES,
} from '../../../src/core/deliveries/delivery-lifecycle.ts';
import { groupBy } from './group-by.ts';
import { hasEnded, keyOf, placeOf, type SaidMessage, type Snapshot, tell } from './snapshot.ts';

/** Every run on a platform has a delivery, and when the run has ended, so has the delivery. */
export function unendedDeliveries({ runs, deliveries, threads }: Snapshot): string[] {
  const known = new Set<string>(DELIVERY_STATUSES);
  const open = new Set<string>(OPEN_DELIVERY_STATUSES);
  const byRun = new Map(deliveries.map((delivery) => [delivery.runId, delivery]));
  const onPlatform = new Set(threads.filter(({ origin }) => origin !== null).map(({ id }) => id));
  return runs.flatMap((run) => {
    const delivery = byRun.get(run.id);
    if (delivery === undefined) return onPlatform.has(run.threadId) ? [`Run ${run.id} has no delivery.`] : [];
    const { status } = delivery;
    if (!known.has(status)) return [`The delivery of run ${run.id} has the illegal status "${status}".`];
    if (open.has(status) && hasEnded(run)) {
      return [`Run ${run.id} has ended, but its delivery is ${status}.`];
    }
    return [];
  });
}

/** Every visible message of the bot is one part of one delivery: nothing is there twice, and nothing was left behind. */
export function doubledAnswers({ deliveries, said }: Snapshot): string[] {
  const owners = groupBy(
    deliveries.flatMap((delivery) => {
      const place = placeOf(delivery);
      if (place === null) return [];
      return delivery.parts.map(({ messageId }) => ({ delivery, key: keyOf(place, messageId) }));
    }),
    ({ key }) => key,
  );
  const sentences: string[] = [];
  for (const message of said) {
    const owned = owners.get(keyOf(message, message.messageId)) ?? [];
    if (owned.length === 0) sentences.push(`${tell(message)} belongs to no delivery.`);
    if (owned.length > 1) sentences.push(`${tell(message)} belongs to ${owned.length} deliveries.`);
  }
  for (const { runId, parts } of deliveries) {
    const indexes = new Set(parts.map(({ index }) => index));
    if (indexes.size !== parts.length) sentences.push(`The delivery of run ${runId} has a part twice.`);
  }
  const named = groupBy(said, ({ names }) =>
    names === null ? null : `part ${names.part} of run ${names.runId}`,
  );
  for (const [name, same] of named) {
    if (same.length > 1) sentences.push(`${same.length} visible messages are ${name}.`);
  }
  return sentences;
}

/** In a thread, answers stand in the order of the messages that they answer. */
export function disorderedAnswers({ deliveries, said }: Snapshot): string[] {
  const visible = new Map(said.map((message) => [keyOf(message, message.messageId), message]));
  const sentences: string[] = [];
  for (const [threadId, own] of groupBy(deliveries, (delivery) => delivery.threadId)) {
    const answers = own
      // A notice has no turn: its ordinal is 0.
      .filter(({ ordinal }) => ordinal > 0)
      .toSorted((one, other) => one.ordinal - other.ordinal)
      .map((delivery) => {
        const place = placeOf(delivery);
        const shown = delivery.parts.flatMap(({ messageId }) =>
          place === null ? [] : (visible.get(keyOf(place, messageId)) ?? []),
        );
        return { runId: delivery.runId, ids: shown.map(orderOf).toSorted(ascending) };
      })
      .filter(({ ids }) => ids.length > 0);
    for (const [index, answer] of answers.entries()) {
      const last = answers[index - 1]?.ids.at(-1);
      const [first] = answer.ids;
      if (last !== undefined && first !== undefined && first < last) {
        sentences.push(`In thread ${threadId}, the answer of run ${answer.runId} stands too early.`);
      }
    }
  }
  return sentences;
}

/** Ids grow with time: Slack's are seconds with six decimals, Discord's are whole numbers. */
function orderOf({ messageId }: SaidMessage): bigint {
  return BigInt(messageId.replace('.', ''));
}

function ascending(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
