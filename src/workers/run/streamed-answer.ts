import type { ApprovalNeed, AskedCall } from '../../core/approval/approval.ts';
import type { NewMessage, ToolCall } from '../../core/messages/message.ts';
import type { AttemptEnd } from '../../core/runs/attempt-end.ts';
import type { StepRecord } from '../../core/ports.ts';
import type { RunUsage } from '../../core/usage/usage.ts';

/** A message that is being said. */
export type OpenMessage = { id: string; text: string; toolCalls: ToolCall[] };

/** What an attempt has said so far, which is right at every moment. */
export type StreamedAnswer = {
  /** The id of its first message; those after it are counted from 1, as `<id>.1`. */
  id: string;
  /** Messages that asked for tools, each followed by what these gave. */
  finished: (
    | { role: 'ai'; said: OpenMessage }
    | { role: 'tool'; id: string; toolCallId: string; name: string; text: string; isError: boolean }
  )[];
  /** The message that text goes to; null between a tool's result and the next word. */
  open: OpenMessage | null;
  /** The sum over all calls of the model; null before the first that told. */
  usage: RunUsage | null;
  steps: StepRecord[];
  /** What people are asked to approve; the attempt ends with it. */
  asks: readonly (ToolCall & { need: ApprovalNeed })[];
};

export function newAnswer(id: string): StreamedAnswer {
  return { id, finished: [], open: { id, text: '', toolCalls: [] }, usage: null, steps: [], asks: [] };
}

/** The id of the next message of the attempt. */
export function nextMessageId({ id, finished }: Pick<StreamedAnswer, 'id' | 'finished'>): string {
  return finished.length === 0 ? id : `${id}.${finished.length}`;
}

/**
 * The messages that an attempt leaves in its thread, the last of them its answer; none where it failed. Of one that was
 * stopped: what it said by then, without calls whose results nobody waited for, which no model would take. `decided` are
 * the calls that people were asked about.
 */
export function saidMessages(
  answer: StreamedAnswer,
  end: Pick<Extract<AttemptEnd, { kind: 'settle' }>, 'status' | 'keepsText'>,
  createdAt: Date,
  decided: readonly AskedCall[] = [],
): NewMessage[] {
  const succeeded = end.status === 'succeeded';
  const text = answer.open?.text ?? '';
  if (!succeeded && !(end.keepsText && (text !== '' || answer.finished.length > 0))) return [];
  const answered = new Set(answer.finished.map((each) => (each.role === 'tool' ? each.toolCallId : null)));
  const used = answer.finished.map((each): NewMessage => {
    if (each.role === 'tool') {
      const { id, toolCallId, text: result } = each;
      return { id, role: 'tool', text: result, toolCallId, createdAt, ...denierOf(toolCallId, decided) };
    }
    const { id, text: before, toolCalls } = each.said;
    return {
      id,
      role: 'ai',
      text: before,
      toolCalls: toolCalls.filter((call) => answered.has(call.id)),
      createdAt,
    };
  });
  return [...used, { id: nextMessageId(answer), role: 'ai', text, createdAt }];
}

/** Kept with the result that names them, so that it can be erased with them. */
function denierOf(toolCallId: string, decided: readonly AskedCall[]): Pick<NewMessage, 'deniedBy'> {
  const decision = decided.findLast(({ id }) => id === toolCallId)?.decision ?? null;
  return decision === null || decision.approved ? {} : { deniedBy: { id: decision.by, name: decision.name } };
}
