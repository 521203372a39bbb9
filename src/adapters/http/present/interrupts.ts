import type { z } from 'zod';
import { ANSWERING } from '../../../core/streaming/frame.ts';
import { interruptsOf } from '../../../core/streaming/interrupt.ts';
import type { Thread } from '../../../core/threads/thread.ts';
import type { interrupts } from '../schemas/approval.ts';

type Asks = Pick<Thread, 'asks'>;

/** By the id of the run that waits. */
export function presentInterrupts({ asks }: Asks): z.output<typeof interrupts> {
  if (asks === undefined) return {};
  return { [asks.runId]: interruptsOf(asks.calls, asks.expiresAt) };
}

/** What is to be done next in a thread, and by whom, as the SDK reads it from a state. */
export function presentTasks(thread: Asks) {
  const waiting = Object.entries(presentInterrupts(thread));
  return {
    next: waiting.map(() => ANSWERING),
    tasks: waiting.map(([id, interrupts]) => ({
      id,
      name: ANSWERING,
      error: null,
      interrupts,
      checkpoint: null,
      state: null,
      result: null,
    })),
  };
}
