import type { ApiCall, SlackFake } from '../../fakes/slack/index.ts';
import type { Violation } from './snapshot.ts';

/** The fake's violations; those of a Retry-After with how long it had been known, which the history of calls tells. */
export function readSlackViolations({
  violations,
  history,
}: Pick<SlackFake, 'violations' | 'history'>): Violation[] {
  const isEarly = (what: string) => what.startsWith('early-call');
  const early = earlyCalls(history);
  const others = violations.filter((what) => !isEarly(what));
  // What the history does not explain stays as the fake told it.
  const unexplained = violations.filter(isEarly).slice(early.length);
  return [
    ...early,
    ...[...others, ...unexplained].map((what): Violation => ({ platform: 'slack', what, toldForMs: null })),
  ];
}

function earlyCalls(history: readonly ApiCall[]): Violation[] {
  const limited = history.filter(({ outcome }) => outcome === 'rate-limited');
  return limited.flatMap((call, index) => {
    const told = limited
      .slice(0, index)
      .filter((before) => isAlike(before, call) && call.at < endOf(before))
      .map((before) => call.at - toldAt(before));
    if (told.length === 0) return [];
    const toldForMs = Math.max(0, ...told);
    const what = `early-call: ${call.method} ${toldForMs} ms after a Retry-After of ${call.retryAfter} s`;
    return [{ platform: 'slack', what, toldForMs }];
  });
}

/** A limit holds for a method, of posts for the method in a channel. */
function isAlike(one: ApiCall, other: ApiCall): boolean {
  if (one.teamId !== other.teamId || one.method !== other.method) return false;
  return one.method !== 'chat.postMessage' || one.args['channel'] === other.args['channel'];
}

/** The wait is announced when the call is answered, which may be later than it came. */
function toldAt({ at, answeredAt }: ApiCall): number {
  return answeredAt ?? at;
}

function endOf(call: ApiCall): number {
  return toldAt(call) + (call.retryAfter ?? 0) * 1_000;
}
