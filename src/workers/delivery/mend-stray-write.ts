import type { Clock } from '../../core/clock.ts';
import type { Delivery } from '../../core/deliveries/delivery.ts';
import { retryDelay } from '../../core/pacing/backoff.ts';
import type {
  DeliveryStore,
  MessageStore,
  PlatformWriter,
  RunStore,
  WriteBudgets,
} from '../../core/ports.ts';
import type { Timings } from '../../core/timings.ts';
import { createPartTexts } from './part-texts.ts';
import { storedOutcome } from './stored-outcome.ts';

/**
 * A write that may have reached the platform after its lease was lost: the process was frozen between asking for the
 * lease and writing.
 */
export type StrayWrite = { index: number; messageId: string };

/**
 * Puts right what a stray write may have covered. Waits until the delivery, another process's by now, is done; then
 * writes the part once more as the stored outcome has it, or removes it if the answer does not own it. Gives up when
 * this process stops.
 */
export async function mendStrayWrite(
  parts: {
    runs: RunStore;
    messages: MessageStore;
    deliveries: DeliveryStore;
    budgets: WriteBudgets;
    clock: Clock;
    random: () => number;
    timings: Pick<Timings, 'silenceCheckMs'>;
  },
  writer: PlatformWriter,
  { origin, threadId, runId, replyTo }: Delivery,
  { index, messageId }: StrayWrite,
  isStopping: () => boolean,
): Promise<void> {
  const { deliveries, budgets, clock, random, timings } = parts;
  const ref = { threadId, runId };
  const address = { origin, runId, index, replyTo };
  const { signal } = new AbortController();
  let failures = 0;
  while (!isStopping()) {
    const delivery = await deliveries.find(ref);
    if (delivery === null || delivery.status === 'failed') return;
    if (delivery.status !== 'done') {
      await clock.sleep(timings.silenceCheckMs);
      continue;
    }
    const isOwned = delivery.parts.some((part) => part.messageId === messageId);
    const outcome = isOwned ? await storedOutcome(parts, ref, clock.now()) : null;
    const text = createPartTexts(writer.text).final(outcome?.text ?? '')[index];
    const operation = text === undefined ? 'remove' : 'edit';
    const { waitMs } = await budgets.take(writer.budgets(origin, operation), 'final', runId);
    if (waitMs > 0) {
      await clock.sleep(waitMs);
      continue;
    }
    const result =
      text === undefined
        ? await writer.remove(address, messageId, signal)
        : await writer.edit(address, messageId, text, signal);
    if (result.kind === 'done' || result.kind === 'rejected') return;
    failures += 1;
    await clock.sleep(retryDelay(failures, random(), result.kind === 'retryable' ? result.waitMs : 0));
  }
}
