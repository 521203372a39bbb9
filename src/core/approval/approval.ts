import type { Author, ToolCall } from '../messages/message.ts';
import type { Run, TokenUsage } from '../runs/run.ts';

/** Who must agree before a tool is called, and for how long they are asked. */
export type ApprovalNeed = {
  /** Ids of users or roles of the platform; null: whoever asked the assistant. */
  readonly by: readonly string[] | null;
  readonly hours: number;
};

/** A day: those who may agree have slept since. */
export const APPROVAL_HOURS = 24;

export type ApprovalDecision = {
  approved: boolean;
  /** Who decided: the id on the platform, or `key:` and the id of an API key. */
  by: string;
  /** As people know them. */
  name: string;
  /** What they said about it, for the model to read. */
  note: string | null;
  at: Date;
  /** Of the request that decided, where a program sent one with a key: by it a repetition knows its own. */
  requestId?: string;
};

/** A call that waits for a person, or has been decided. */
export type AskedCall = ToolCall & { by: readonly string[] | null; decision: ApprovalDecision | null };

/** What an attempt had said when it stopped to ask: what the next one says again before it goes on. */
export type SaidBefore =
  | { role: 'ai'; text: string; toolCalls: ToolCall[] }
  | { role: 'tool'; toolCallId: string; name: string; text: string; isError: boolean };

/** What a run asks people for. Stays with the run when it is decided: the attempt that goes on may be repeated. */
export type Approval = {
  /** All that the run has asked for so far; a call is named by its place here, which never changes. */
  calls: AskedCall[];
  said: SaidBefore[];
  /** Of the attempts before. */
  usage: TokenUsage | null;
  /** Who asked the assistant: decides where a call names nobody. Null where a program did. */
  askedBy: string | null;
  askedAt: Date;
  /** When it was shown on the platform with buttons; absent before. */
  shownAt?: Date;
  /** After this nobody can agree any more. */
  expiresAt: Date;
};

/** `expired` counts as denied. */
export type CallState = 'waiting' | 'approved' | 'denied' | 'expired';

export function stateOfCall(
  { decision }: Pick<AskedCall, 'decision'>,
  { expiresAt }: Pick<Approval, 'expiresAt'>,
  now: Date,
): CallState {
  if (decision !== null) return decision.approved ? 'approved' : 'denied';
  return now < expiresAt ? 'waiting' : 'expired';
}

/** Whether somebody can still decide something. Pure. */
export function isWaiting(approval: Approval | undefined | null, now: Date): approval is Approval {
  return approval?.calls.some((call) => stateOfCall(call, approval, now) === 'waiting') === true;
}

/** Whether the run stands still until people have decided. Pure. */
export function waitsForPeople({ status, approval }: Pick<Run, 'status' | 'approval'>, now: Date): boolean {
  return status === 'queued' && isWaiting(approval, now);
}

/** Whether a person of the platform may decide the call: one of the list, or without one, whoever asked. Pure. */
export function mayDecide(
  { by }: Pick<AskedCall, 'by'>,
  { askedBy }: Pick<Approval, 'askedBy'>,
  { id, roles = [] }: Pick<Author, 'id' | 'roles'>,
): boolean {
  return by === null ? id === askedBy : by.includes(id) || roles.some((role) => by.includes(role));
}

/** What the model reads in place of the result of a call that was not approved. */
export function refusalText({ name, decision }: Pick<AskedCall, 'name' | 'decision'>): string {
  if (decision === null) return `"${name}" was not called: nobody approved it in time.`;
  const note = decision.note === null ? '' : ` They said: ${decision.note}`;
  return `"${name}" was not called: ${decision.name} denied it.${note}`;
}
