import type { z } from 'zod';
import type { Message } from '../../../core/messages/message.ts';
import type { Metadata } from '../../../core/threads/thread.ts';
import type { checkpoint, threadState } from '../schemas/state.ts';
import { type MessageView, presentMessage } from './message.ts';

export type ThreadStateView = z.output<typeof threadState>;
export type CheckpointView = z.output<typeof checkpoint>;
export type StateValues = Metadata & { messages: MessageView[] };

const DIGITS = 12;

/** A step as a string that sorts as the steps do. */
export function checkpointIdOf(seq: number): string {
  return String(seq).padStart(DIGITS, '0');
}

export function presentCheckpoint(threadId: string, seq: number): CheckpointView {
  return { thread_id: threadId, checkpoint_ns: '', checkpoint_id: checkpointIdOf(seq), checkpoint_map: null };
}

/** The state as the SDK's clients know it: custom values with the messages beside them. */
export function presentValues(values: Metadata, messages: readonly Message[]): StateValues {
  return { ...values, messages: messages.map(presentMessage) };
}

/** One step: what made it (`input`: a person or a program, `loop`: a run, `update`, `edit`), and when. */
export type StepFacts = {
  threadId: string;
  seq: number;
  /** The step before it; null for the first. */
  parentSeq: number | null;
  at: Date;
  source: 'input' | 'loop' | 'update' | 'edit';
  runId: string | null;
  asNode: string | null;
};

export function presentState(
  step: StepFacts,
  values: StateValues | null,
  ahead: Pick<ThreadStateView, 'next' | 'tasks'> = { next: [], tasks: [] },
): ThreadStateView {
  const { threadId, seq, parentSeq, at, source, runId, asNode } = step;
  return {
    values,
    ...ahead,
    metadata: {
      source,
      step: seq,
      ...(runId === null ? {} : { run_id: runId }),
      ...(asNode === null ? {} : { as_node: asNode }),
    },
    created_at: at.toISOString(),
    checkpoint: presentCheckpoint(threadId, seq),
    parent_checkpoint: parentSeq === null ? null : presentCheckpoint(threadId, parentSeq),
  };
}
