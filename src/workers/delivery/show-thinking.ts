import type { Clock } from '../../core/clock.ts';
import type { Delivery } from '../../core/deliveries/delivery.ts';
import { hasThinkingIndicator, type PlatformWriter } from '../../core/ports.ts';

/** Shows that an answer is being made, again and again until there is something to read. */
export function showThinking(
  writer: PlatformWriter,
  { origin }: Delivery,
  clock: Clock,
  isOver: () => boolean,
): () => void {
  const stopping = new AbortController();
  if (!hasThinkingIndicator(writer)) return () => {};
  const keepShowing = async () => {
    while (!stopping.signal.aborted && !isOver()) {
      await writer.showThinking(origin);
      await clock.sleep(writer.refreshMs, stopping.signal);
    }
  };
  void keepShowing();
  return () => stopping.abort();
}
