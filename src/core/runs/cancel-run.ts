import type { Clock } from '../clock.ts';
import { ringBell } from '../ingest/ring-bell.ts';
import type { Logger } from '../logger.ts';
import type { CancelBroadcast, Doorbells, RunStore } from '../ports.ts';
import type { CancelAction, RunRef } from './run.ts';

export type CancelParts = {
  runs: Pick<RunStore, 'requestCancel'>;
  cancels: Pick<CancelBroadcast, 'publish'>;
  doorbells: Pick<Doorbells, 'ringDelivery'>;
  clock: Pick<Clock, 'now'>;
  logger: Logger;
};

/**
 * Asks a run to end, and wakes whoever executes it. `cancelled`: it had not been begun, and has ended; `requested`: its
 * worker ends it within two seconds; `unknown`: it has ended, or is not there.
 */
export async function cancelRun(
  parts: CancelParts,
  { threadId, runId }: RunRef,
  action: CancelAction,
): Promise<'cancelled' | 'requested' | 'unknown'> {
  const ref = { threadId, runId };
  const wish = await parts.runs.requestCancel(ref, action, parts.clock.now());
  if (wish === 'requested') ringBell(parts, () => parts.cancels.publish({ ...ref, action }));
  // What an earlier attempt may have shown is taken back by the delivery.
  if (wish === 'cancelled') ringBell(parts, () => parts.doorbells.ringDelivery(ref, true));
  return wish;
}
