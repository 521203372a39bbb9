import { waitsForPeople } from '../../../core/approval/approval.ts';
import { isTerminal } from '../../../core/runs/run-lifecycle.ts';
import type { NewMessage } from '../../../core/messages/message.ts';
import type { Run, RunRef } from '../../../core/runs/run.ts';
import type { StartedRun } from '../../../core/runs/start-run.ts';
import { presentMessage } from '../present/message.ts';
import type { StateValues } from '../present/state.ts';

/** A run as it was when somebody came to follow it. */
export type FollowedRun = RunRef & {
  /** It was started for this very reader. */
  isNew: boolean;
  /** It has ended, or waits for people. */
  isAtRest: boolean;
  attempt: number;
  fence: number;
  /** The step that it began with. */
  ordinal: number;
  /** The state after that step, where it is known without asking. */
  before: StateValues | null;
};

export function followedRun(run: Run, now: Date): FollowedRun {
  const { threadId, id: runId, status, attempt, fence, ordinal } = run;
  return {
    threadId,
    runId,
    isNew: false,
    isAtRest: isTerminal(status) || waitsForPeople(run, now),
    attempt,
    fence,
    ordinal,
    before: null,
  };
}

export function newRun(started: StartedRun & { isNew: true }): FollowedRun {
  const { threadId, runId, ordinal, appended } = started;
  // Every step of the thread was one of these messages, so they are all of its state.
  const before =
    ordinal === appended.length
      ? { messages: appended.map((message) => presentMessage(asStored(message))) }
      : null;
  return { threadId, runId, isNew: true, isAtRest: false, attempt: 0, fence: 0, ordinal, before };
}

function asStored(message: NewMessage) {
  const { sourceId = null, author = null, toolCalls = [], toolCallId = null } = message;
  return { ...message, sourceId, author, toolCalls, toolCallId };
}
