import type { Approval, AskedCall, SaidBefore } from '../../core/approval/approval.ts';
import type { Message } from '../../core/messages/message.ts';
import type { Run } from '../../core/runs/run.ts';
import type { RunEvent } from '../../core/runs/run-event.ts';
import type { StreamedAnswer } from './streamed-answer.ts';

/** An hour, in which waiting is counted, in milliseconds. */
const HOUR_MS = 3_600_000;

/** What a run asks people for after this attempt. Of several calls the shortest time counts. Pure. */
export function approvalOf(
  run: Pick<Run, 'approval' | 'triggerMessageIds'>,
  { asks, finished, usage }: Pick<StreamedAnswer, 'asks' | 'finished' | 'usage'>,
  conversation: readonly Message[],
  now: Date,
): Approval {
  const trigger = conversation.findLast((message) => run.triggerMessageIds.includes(message.id));
  const asked = asks.map(
    ({ id, name, args, need }): AskedCall => ({ id, name, args, by: need.by, decision: null }),
  );
  const hours = Math.min(...asks.map(({ need }) => need.hours));
  return {
    calls: [...(run.approval?.calls ?? []), ...asked],
    said: finished.map((each): SaidBefore => {
      if (each.role === 'ai') return { role: 'ai', text: each.said.text, toolCalls: each.said.toolCalls };
      const { toolCallId, name, text, isError } = each;
      return { role: 'tool', toolCallId, name, text, isError };
    }),
    usage,
    askedBy: trigger?.author?.id ?? null,
    askedAt: now,
    expiresAt: new Date(now.getTime() + hours * HOUR_MS),
  };
}

/** Tells readers of the stream what is waited for. */
export function approvalEvent({ calls, expiresAt }: Approval): RunEvent {
  return {
    type: 'approval',
    calls: calls
      .filter(({ decision }) => decision === null)
      .map(({ id, name, args, by }) => ({ id, name, args, by })),
    expiresAt: expiresAt.getTime(),
  };
}
