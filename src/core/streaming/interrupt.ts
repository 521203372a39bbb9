import type { AskedCall } from '../approval/approval.ts';

/** A call that waits for people, as programs read it: in streams, and in the state of its thread. */
function interruptOf({ id, name, args, by }: Pick<AskedCall, 'id' | 'name' | 'args' | 'by'>, until: Date) {
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

/** All that a run waits for, of which nothing is decided yet. */
export function interruptsOf(calls: readonly Pick<AskedCall, 'id' | 'name' | 'args' | 'by'>[], until: Date) {
  return calls.map((call) => interruptOf(call, until));
}
