import type { ButtonPair } from '../approval/approval-text.ts';
import type { Origin } from '../origin.ts';
import type { WriteBudget } from './queue.ts';

/** How a write to a platform ended. */
export type WriteOutcome<T = undefined> =
  | { kind: 'done'; value: T }
  /** Surely not done, and never will be like this. `fatal` ends the delivery. */
  | { kind: 'rejected'; reason: PlatformRefusal; sentence: string }
  /** Surely not done; may be tried again after `waitMs`. */
  | {
      kind: 'retryable';
      waitMs: number;
      rateLimited: boolean;
      /** Of a rate limit: it is that of the write's first budget; all of them are held unless this is said. */
      firstBudgetOnly?: boolean;
      sentence: string;
    }
  /** May have been done: read back before writing again. */
  | { kind: 'ambiguous'; sentence: string };

export type PlatformRefusal =
  | 'message_gone'
  | 'thread_gone'
  | 'locked'
  | 'archived'
  | 'no_access'
  | 'bad_credentials'
  | 'too_long'
  | 'not_editable'
  | 'invalid';

export type PlatformOperation = 'post' | 'edit' | 'remove' | 'find' | 'think';

/** The place of one part of an answer. */
export type PartAddress = { origin: Origin; runId: string; index: number; replyTo: string | null };

export interface TextFormat {
  /** The longest formatted text of one platform message, in UTF-16 units. */
  limit: number;
  /** Markdown of the model → what is sent: mentions neutralised, Markdown as the platform reads it. */
  format(markdown: string): string;
}

/** The writing half of an adapter: *how* to write. *When* is decided by core/pacing in the delivery worker. */
export interface PlatformWriter {
  readonly platform: Origin['platform'];
  readonly text: TextFormat;
  /**
   * What an operation counts against. `find` is `findPosted`: none where the platform's own client paces it. `think` is
   * `showThinking`: none where the platform counts it apart.
   */
  budgets(origin: Origin, operation: PlatformOperation): WriteBudget[];
  post(address: PartAddress, text: string, signal: AbortSignal): Promise<WriteOutcome<{ messageId: string }>>;
  edit(address: PartAddress, messageId: string, text: string, signal: AbortSignal): Promise<WriteOutcome>;
  remove(address: PartAddress, messageId: string, signal: AbortSignal): Promise<WriteOutcome>;
  /** Reads back whether the part was posted. Never posts. */
  findPosted(address: PartAddress, signal: AbortSignal): Promise<WriteOutcome<{ messageId: string } | null>>;
}

/** An optional ability: shows that an answer is being made. Best effort; never throws. */
export interface ThinkingIndicator {
  /** Called when a delivery starts and about every `refreshMs` until the first part is posted. */
  readonly refreshMs: number;
  showThinking(origin: Origin): Promise<void>;
}

export function hasThinkingIndicator(writer: PlatformWriter): writer is PlatformWriter & ThinkingIndicator {
  return 'showThinking' in writer;
}

/** An optional ability: buttons below a part, which tell `ApprovalDesk` when they are pressed. */
export interface ApprovalButtons {
  /** As `edit`, with two buttons for each pair, to approve and to deny; `edit` takes them away again. */
  editWithButtons(
    address: PartAddress,
    messageId: string,
    text: string,
    buttons: readonly ButtonPair[],
    signal: AbortSignal,
  ): Promise<WriteOutcome>;
}

export function hasApprovalButtons(writer: PlatformWriter): writer is PlatformWriter & ApprovalButtons {
  return 'editWithButtons' in writer;
}
