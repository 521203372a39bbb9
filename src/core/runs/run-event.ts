import type { ToolCall } from '../messages/message.ts';
import type { RunError } from './run.ts';
import type { RunStatus } from './run-lifecycle.ts';

/** One item of a run's live stream. */
export type RunEvent =
  /** A new attempt begins; text of earlier attempts is void. */
  | {
      type: 'attempt';
      attempt: number;
      /** The id that the answer of this attempt will have when it is stored. */
      messageId: string;
    }
  /**
   * `offset` is the length in UTF-16 units of the message's text before `delta`: a reader sees a gap by it. `messageId`
   * names the message where it is not the first of the attempt: what is said after tools were used is a message of its own.
   */
  | { type: 'text'; delta: string; offset: number; messageId?: string }
  | { type: 'tool_call'; id: string; name: string; args: Record<string, unknown>; messageId?: string }
  /** A message that asked for tools is whole; their results follow. */
  | { type: 'said'; message: { id: string; text: string; toolCalls: readonly ToolCall[] } }
  /** `messageId` is the id that the result has as a message of the thread. */
  | {
      type: 'tool_result';
      id: string;
      name: string;
      result: unknown;
      isError: boolean;
      messageId?: string;
    }
  /** The attempt has ended: the run waits until people have decided these calls, and goes on with a new attempt. */
  | {
      type: 'approval';
      calls: readonly {
        id: string;
        name: string;
        args: Record<string, unknown>;
        by: readonly string[] | null;
      }[];
      /** Milliseconds since 1970. After this time they count as denied. */
      expiresAt: number;
    }
  | { type: 'custom'; name: string; data: unknown }
  /** The run has ended and its outcome is in the database. */
  | {
      type: 'end';
      status: RunStatus;
      /** What was stored of it; left out by an attempt that found its end stored already. */
      stored?: { error: RunError | null; answer: { id: string; seq: number } | null };
    };

/**
 * A position in a run's stream: `fence-seq`. `seq` counts the events of one attempt from 1. It is the id of the entry
 * in the stream as well, so that the stream itself refuses what a stale attempt appends.
 */
export type RunEventId = `${number}-${number}`;

export type PositionedRunEvent = { id: RunEventId; event: RunEvent };

export function runEventId(fence: number, seq: number): RunEventId {
  return `${fence}-${seq}`;
}
