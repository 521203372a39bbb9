import type { Approval, AskedCall } from '../approval/approval.ts';

/** A call that waits for people, as programs read it: in streams, and in the state of its thread. */
export function interruptOf(
  { id, name, args, by }: Pick<AskedCall, 'id' | 'name' | 'args' | 'by'>,
  until: Date,
) {
  return {
    id,
    value: {
      type: 'approval' as const,
      tool: name,
      args,
      approvers: by === null ? null : [...by],
      expires_at: until.toISOString(),
    },
  };
}

/** All that a run waits for. */
export function interruptsOf({ calls, expiresAt }: Pick<Approval, 'calls' | 'expiresAt'>) {
  return calls.filter(({ decision }) => decision === null).map((call) => interruptOf(call, expiresAt));
}
