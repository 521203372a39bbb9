import { isDeepStrictEqual } from 'node:util';
import { messagesAt } from '../../../core/threads/state-at.ts';
import type { Metadata, Thread } from '../../../core/threads/thread.ts';
import { presentState, presentValues, type StepFacts, type ThreadStateView } from '../present/state.ts';
import { factsOf, type StateParts } from './read-state.ts';

/** Steps between two, both of them left out. */
export type StepRange = { above: number; before: number; limit: number };

/**
 * A thread's steps of the range, newest first, as far as their metadata have those that are wanted. Reads the messages of
 * these steps and no others.
 */
export async function readSteps(
  { messages, state }: StateParts,
  thread: Thread,
  { above, before, limit }: StepRange,
  wanted: Metadata,
): Promise<StepFacts[]> {
  const found: StepFacts[] = [];
  let top = before - 1;
  for (let size = limit; top > above && found.length < limit; size = widened(size)) {
    const bottom = Math.max(above, top - size);
    const [said, checkpoints] = await Promise.all([
      messages.between(thread.id, bottom, top),
      state.checkpoints(thread.id, top + 1, top - bottom),
    ]);
    const bySeq = new Map(said.map((message) => [message.seq, message]));
    const marks = new Map(checkpoints.map((checkpoint) => [checkpoint.seq, checkpoint]));
    for (let seq = top; seq > bottom; seq -= 1) {
      const message = bySeq.get(seq);
      if (message?.rolledBack === true) continue;
      const step = factsOf(thread, seq, message, marks.get(seq));
      if (matches(step, wanted)) found.push(step);
    }
    top = bottom;
  }
  return found.slice(0, limit);
}

/** Of steps that are searched through, more and more at a time. */
const MOST_AT_A_TIME = 1_000;

function widened(size: number): number {
  return Math.max(size, Math.min(size * 4, MOST_AT_A_TIME));
}

function matches(step: StepFacts, wanted: Metadata): boolean {
  const entries = Object.entries(wanted);
  if (entries.length === 0) return true;
  const shown = presentState(step, null).metadata;
  return entries.every(([key, value]) => isDeepStrictEqual(shown[key], value));
}

/**
 * The states after these steps, one at a time: each holds the whole conversation as it was then, and all of them at once
 * might not fit into memory.
 */
export async function* statesOf(
  { messages, state }: StateParts,
  thread: Thread,
  steps: readonly StepFacts[],
): AsyncGenerator<ThreadStateView> {
  const newest = steps[0];
  const oldest = steps.at(-1);
  if (newest === undefined || oldest === undefined) return;
  const [all, marks, valuesBefore] = await Promise.all([
    messages.between(thread.id, 0, newest.seq),
    state.checkpoints(thread.id, newest.seq + 1, newest.seq - oldest.seq + 1),
    state.valuesAt(thread.id, oldest.seq),
  ]);
  for (const step of steps) {
    const mark = marks.find(({ seq, values }) => seq <= step.seq && values !== null);
    const values = mark?.values ?? valuesBefore;
    yield presentState(step, presentValues(values, messagesAt(all, step.seq)));
  }
}
