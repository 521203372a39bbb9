import type { IncomingMessage, Pace, PaceStore } from '../ports.ts';
import { originKey } from '../origin.ts';
import { personKey, personOf } from '../privacy/person.ts';
import type { RunError } from '../runs/run.ts';

/** What a message may set off: a run, nothing, or a notice that says why nothing. */
export type Allowance = { kind: 'run' } | { kind: 'nothing' } | { kind: 'notice'; error: RunError };

/** Asks whether the person's message may set off a run, with how often that may be. */
export async function keepPace(
  paces: PaceStore,
  pace: Pace | null,
  projectId: string,
  { author, origin, sourceId, sentAt }: IncomingMessage,
): Promise<Allowance> {
  if (pace === null) return { kind: 'run' };
  const personId = personKey(personOf(author, origin));
  const messageKey = `${originKey(origin)}:${sourceId}`;
  const answer = await paces.take({ projectId, personId, messageKey, sentAt }, pace);
  if (answer.kind === 'runs') return { kind: 'run' };
  return answer.first ? { kind: 'notice', error: askedTooOften(answer.waitMs) } : { kind: 'nothing' };
}

/** What a person is told who writes faster than may be answered. Pure. */
export function askedTooOften(waitMs: number): RunError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  return {
    code: 'asked_too_often',
    message: `You are writing faster than I may answer. Your messages are kept, and I answer again in ${seconds} s: ask me then.`,
  };
}
