import { RUN_STATUSES } from '../../../src/core/runs/run-lifecycle.ts';
import type { Run } from '../../../src/core/runs/run.ts';
import { groupBy } from './group-by.ts';
import { type CheckOptions, hasEnded, type Snapshot } from './snapshot.ts';

const CLAIM_MAY_WAIT_MS = 2_000;

/** Every run has ended, in a state that there is, with what belongs to it. */
export function unendedRuns({ runs }: Snapshot): string[] {
  const known = new Set<string>(RUN_STATUSES);
  return runs.flatMap((run) => {
    if (!known.has(run.status)) return [`Run ${run.id} has the illegal status "${run.status}".`];
    if (!hasEnded(run)) return [`Run ${run.id} has not ended: it is ${run.status}.`];
    const sentences = run.endedAt === null ? [`Run ${run.id} is ${run.status} but has no end.`] : [];
    if (run.status === 'succeeded' && run.messageIds.length === 0) {
      sentences.push(`Run ${run.id} succeeded without an answer.`);
    }
    if (run.attempt > run.fence) {
      sentences.push(`Run ${run.id} began ${run.attempt} attempts under ${run.fence} fences.`);
    }
    return sentences;
  });
}

/** One message sets off one run, and one attempt of it has left its messages. */
export function doubledRuns({ runs, messages }: Snapshot): string[] {
  const sentences: string[] = [];
  const triggers = groupBy(
    runs.flatMap((run) => run.triggerMessageIds),
    (trigger) => trigger,
  );
  for (const [trigger, same] of triggers) {
    if (same.length > 1) sentences.push(`Message ${trigger} is answered by ${same.length} runs.`);
  }
  const said = groupBy(messages, ({ runId }) => runId);
  for (const run of runs) {
    const stored = (said.get(run.id) ?? []).map(({ id }) => id).toSorted();
    const own = run.messageIds.toSorted();
    if (stored.join() !== own.join()) {
      sentences.push(`Run ${run.id} owns ${own.length} messages, but ${stored.length} are stored of it.`);
    }
  }
  return sentences;
}

/** At most one run of a thread is active at a time, and runs are executed in the order of what triggered them. */
export function overlappingRuns({ runs, messages }: Snapshot, options: CheckOptions): string[] {
  const { claimMayWaitMs = CLAIM_MAY_WAIT_MS } = options;
  const answers = groupBy(messages, ({ runId }) => runId);
  const seqsOf = (run: Run) => (answers.get(run.id) ?? []).map(({ seq }) => seq);
  const sentences: string[] = [];
  for (const [threadId, own] of groupBy(runs, (run) => run.threadId)) {
    const running = own.filter(({ status }) => status === 'running');
    if (running.length > 1) sentences.push(`Thread ${threadId} has ${running.length} running runs.`);
    const executed = own
      .filter(({ startedAt }) => startedAt !== null)
      .toSorted((one, other) => one.ordinal - other.ordinal);
    for (const [index, run] of executed.entries()) {
      const before = executed[index - 1];
      if (before === undefined) continue;
      if (Number(run.startedAt) + claimMayWaitMs < Number(before.endedAt ?? Number.POSITIVE_INFINITY)) {
        sentences.push(`Run ${run.id} of thread ${threadId} began before run ${before.id} had ended.`);
      }
      if (Math.max(...seqsOf(before)) > Math.min(...seqsOf(run))) {
        sentences.push(`Run ${run.id} of thread ${threadId} was answered before run ${before.id}.`);
      }
    }
  }
  return sentences;
}
