import type { CallWish } from '../../../core/approval/decide-together.ts';
import type { Run } from '../../../core/runs/run.ts';
import type { Thread } from '../../../core/threads/thread.ts';
import type { ApiParts } from '../api-parts.ts';
import { ApiError, invalid } from '../errors.ts';
import type { Resume } from '../schemas/command.ts';

type Parts = Pick<ApiParts, 'runs' | 'approvals'>;
type Asked = { run: Run; calls: CallWish[] };
type Verdict = Pick<CallWish, 'approved' | 'note'>;
type Given = boolean | 'approve' | 'deny' | { approved: boolean; note?: string | undefined };

/**
 * The run of a thread that a resume means, and its calls, with how each is to be decided. A bare decision is about the one
 * call that waits: where several do, nobody may have looked at all of them.
 * @throws ApiError `conflict` where nothing waits, `invalid_input` where the calls must be named, or one is named that there
 * is not
 */
export function findAskedCalls(parts: Parts, thread: Thread, resume: Resume): Promise<Asked> {
  return typeof resume === 'object'
    ? callsNamed(parts, thread, new Map(Object.entries(resume).map(([id, given]) => [id, verdictOf(given)])))
    : callThatWaits(parts, thread, verdictOf(resume));
}

function verdictOf(given: Given): Verdict {
  if (typeof given === 'object') return { approved: given.approved, note: given.note ?? null };
  return { approved: given === true || given === 'approve', note: null };
}

async function callThatWaits(parts: Parts, thread: Thread, verdict: Verdict): Promise<Asked> {
  const [call, ...others] = thread.asks?.calls ?? [];
  const run = await runThatWaits(parts, thread);
  if (run === null || call === undefined) throw nothingWaits();
  if (others.length > 0) {
    throw invalid(
      'command.resume',
      `command.resume must name the calls that it decides, as several wait: ${quoted(thread)}.`,
    );
  }
  return { run, calls: [{ call: call.index, ...verdict }] };
}

/** Also of a run that waits no more: a decision whose answer was lost may be sent again. */
async function callsNamed(
  parts: Parts,
  thread: Thread,
  verdicts: ReadonlyMap<string, Verdict>,
): Promise<Asked> {
  const waiting = await runThatWaits(parts, thread);
  const [callId = ''] = verdicts.keys();
  const asksForThem = waiting?.approval?.calls.some(({ id }) => verdicts.has(id)) === true;
  const run = asksForThem ? waiting : await parts.approvals.lastAsked(thread.id, { callId });
  if (run === null && waiting === null) throw nothingWaits();
  const asked = run?.approval?.calls ?? [];
  const calls = [...verdicts].map(([id, verdict]): CallWish => {
    const call = asked.findLastIndex((each) => each.id === id);
    if (call >= 0) return { call, ...verdict };
    const field = `command.resume.${id}`;
    const what = thread.asks === undefined ? 'nothing' : quoted(thread);
    throw invalid(field, `${field} names no call that was asked for. What waits for approval is ${what}.`);
  });
  if (run === null) throw nothingWaits();
  return { run, calls };
}

async function runThatWaits({ runs }: Parts, { id, asks }: Thread): Promise<Run | null> {
  return asks === undefined ? null : runs.find({ threadId: id, runId: asks.runId });
}

function nothingWaits(): ApiError {
  return new ApiError('conflict', 'No run of the thread waits for approval, so there is nothing to resume.');
}

function quoted({ asks }: Thread): string {
  return (asks?.calls ?? []).map(({ id }) => `"${id}"`).join(', ');
}
