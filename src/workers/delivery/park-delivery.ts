import type { ButtonPair } from '../../core/approval/approval-text.ts';
import type { Clock } from '../../core/clock.ts';
import { ThreadrelayError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { retryDelay } from '../../core/pacing/backoff.ts';
import type { ApprovalStore } from '../../core/ports.ts';
import type { ActiveDelivery } from './active-deliveries.ts';
import type { PartWrites } from './part-writes.ts';
import type { RelayEnd } from './relay.ts';

export type ParkParts = {
  writes: PartWrites;
  mine: ActiveDelivery;
  approvals: Pick<ApprovalStore, 'park'>;
  clock: Clock;
  random: () => number;
  logger: Logger;
};

/**
 * Puts buttons below what is shown, and lets go of the delivery until a call is decided. `stopped` when there is something
 * else to show by now. A platform that refuses the buttons leaves the text, and the API to decide with.
 */
export async function parkDelivery(
  { writes, mine, approvals, clock, random, logger }: ParkParts,
  asks: readonly ButtonPair[],
  shown: readonly string[],
): Promise<RelayEnd> {
  const stopped = { kind: 'stopped', stray: null } as const;
  const shownCalls = asks.map(({ call }) => call);
  let hasButtons = false;
  for (let tries = 1; !mine.signal.aborted; tries += 1) {
    try {
      hasButtons ||= await showButtons();
      if (!hasButtons) {
        if (mine.signal.aborted) break;
        continue;
      }
      return (await approvals.park(mine.lease, shownCalls, clock.now())) ? { kind: 'parked' } : stopped;
    } catch (error) {
      if (!(error instanceof ThreadrelayError && error.retryable)) throw error;
      await clock.sleep(retryDelay(tries, random()), mine.signal);
    }
  }
  return { kind: 'stopped', stray: writes.stray };

  /** False when it is to be tried again. */
  async function showButtons(): Promise<boolean> {
    const last = writes.parts.toSorted((left, right) => left.index - right.index).at(-1);
    const text = last === undefined ? undefined : shown[last.index];
    if (last === undefined || text === undefined) return true;
    const step = { do: 'edit', index: last.index, messageId: last.messageId, text, buttons: asks } as const;
    const result = await writes.perform(step, 'final');
    switch (result.kind) {
      case 'done':
        return true;
      case 'rejected':
        logger.warn({ reason: result.reason, said: result.sentence }, 'the platform refused buttons');
        return true;
      case 'postponed':
        await clock.sleep(result.waitMs, mine.signal);
        return false;
      case 'retryable':
      case 'ambiguous':
        await clock.sleep(
          retryDelay(1, random(), result.kind === 'retryable' ? result.waitMs : 0),
          mine.signal,
        );
        return false;
      case 'stopped':
        return false;
    }
  }
}
