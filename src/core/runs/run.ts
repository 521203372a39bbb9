import type { Approval } from '../approval/approval.ts';
import type { ErrorCode } from '../errors.ts';
import type { Metadata } from '../threads/thread.ts';
import type { RunUsage } from '../usage/usage.ts';
import type { RunStatus } from './run-lifecycle.ts';

/** How a new message treats runs of its thread that have not ended. */
export const MULTITASK_STRATEGIES = ['enqueue', 'collect', 'interrupt', 'rollback', 'reject'] as const;
export type MultitaskStrategy = (typeof MULTITASK_STRATEGIES)[number];

/** `interrupt` keeps what was said so far, `discard` forgets it, `rollback` forgets the run's input as well. */
export const CANCEL_ACTIONS = ['interrupt', 'discard', 'rollback'] as const;
export type CancelAction = (typeof CANCEL_ACTIONS)[number];

export type RunError = { code: ErrorCode; message: string };

/** Which rule sent the run where, and what each rule said. */
export type RouteRecord = {
  rule: string;
  why: string;
  considered: { rule: string; matched: boolean; why: string }[];
};

/** One invocation of a workflow on a thread. */
export type Run = {
  id: string;
  threadId: string;
  projectId: string;
  assistantId: string;
  /** Orders the runs of a thread: the `seq` of the step it begins with, the last of those that its own input took. */
  ordinal: number;
  /** Messages that this run answers; more than one when a burst was collected. */
  triggerMessageIds: string[];
  idempotencyKey: string;
  status: RunStatus;
  priority: number;
  /** Attempts begun so far. */
  attempt: number;
  /** Attempts of which nothing was heard any more, as when their process was killed; absent when there were none. */
  lostAttempts?: number;
  /** Grows with each claim; every write of an attempt names it. */
  fence: number;
  workerId: string | null;
  heartbeatAt: Date | null;
  /** Not claimed before this time: a burst is collected, or a failed attempt backs off. */
  availableAt: Date;
  cancel: CancelAction | null;
  /** What it has asked people for; absent when it never did. While somebody may decide it is queued, and not available. */
  approval?: Approval;
  workflow: string | null;
  route: RouteRecord | null;
  error: RunError | null;
  /** Of all attempts that have ended. */
  usage: RunUsage | null;
  /** Messages the run said, in order. The last one is its answer. */
  messageIds: string[];
  metadata: Metadata;
  /** What it does to runs of its thread that had not ended; absent for runs that a platform's message set off. */
  multitask?: MultitaskStrategy;
  /** What a program asked for, told again when it reads the run; absent for runs of a platform. */
  kwargs?: Metadata;
  /** `delete`: its thread was made for this run alone and goes with it. */
  onCompletion?: 'keep' | 'delete';
  /** Where its spans belong, as W3C Trace Context writes it; absent when its message was not traced. */
  traceparent?: string;
  createdAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
};

export type TokenUsage = {
  inputTokens: number;
  outputTokens: number;
  /** Of the input, what the provider had kept from an earlier call. */
  cachedTokens?: number;
  /** In US dollars, by the prices of the configuration; absent where it has none for what was used. */
  costUsd?: number;
};

export type RunRef = { threadId: string; runId: string };

/** A claimed run: the right to write, until a newer fence exists. */
export type RunLease = RunRef & { fence: number };
