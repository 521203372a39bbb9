import type { Clock } from '../../core/clock.ts';
import type { Delivery } from '../../core/deliveries/delivery.ts';
import { hasThinkingIndicator, type PlatformWriter, type WriteBudgets } from '../../core/ports.ts';

/**
 * Shows that an answer is being made, again and again until there is something to read. Where it counts against a budget
 * that others need more, it is left out this time.
 */
export function showThinking(
  writer: PlatformWriter,
  { origin, runId }: Pick<Delivery, 'origin' | 'runId'>,
  { clock, budgets }: { clock: Pick<Clock, 'sleep'>; budgets: Pick<WriteBudgets, 'take'> },
  isOver: () => boolean,
): () => void {
  const stopping = new AbortController();
  if (!hasThinkingIndicator(writer)) return () => {};
  const keepShowing = async () => {
    while (!stopping.signal.aborted && !isOver()) {
      const { waitMs } = await budgets.take(writer.budgets(origin, 'think'), 'preview', runId);
      if (waitMs === 0) await writer.showThinking(origin);
      await clock.sleep(writer.refreshMs, stopping.signal);
    }
  };
  void keepShowing();
  return () => stopping.abort();
}
