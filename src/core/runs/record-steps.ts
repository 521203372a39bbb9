import type { Message } from '../messages/message.ts';
import type { ModelMessage, RecordedMessage, RecordedStep, StepRecord } from '../ports.ts';

/** What of a message tells whether a model was sent it as it is. */
type Source = Pick<Message, 'id' | 'role' | 'text' | 'toolCallId'>;

/** Of the attempt whose steps are kept. */
export type AttemptSources = {
  /** The thread's messages in the order in which they were said. */
  sources: readonly Source[];
  /** Of the assistant itself. */
  instructions: string;
  attempt: number;
  /** False where what was said is to be forgotten: no text but the assistant's own is kept. */
  keepsText: boolean;
};

/** The steps of an attempt as they are kept: what was sent of the thread's messages becomes their ids. Pure. */
export function recordSteps(
  steps: readonly StepRecord[],
  { sources, instructions, attempt, keepsText }: AttemptSources,
): RecordedStep[] {
  let before: RecordedMessage[] = [];
  return steps.map(({ prompt, ...step }) => {
    const sent = referToSources(prompt.messages, sources);
    const same = commonStart(before, sent);
    before = sent;
    const added = prompt.instructions.startsWith(instructions)
      ? prompt.instructions.slice(instructions.length)
      : prompt.instructions;
    const messages = sent.slice(same);
    return {
      attempt,
      ...step,
      added: keepsText ? added : null,
      same,
      messages: keepsText ? messages : messages.map(withoutText),
      ...(prompt.fitting === undefined ? {} : { fitting: prompt.fitting }),
    };
  });
}

function withoutText(message: RecordedMessage): RecordedMessage {
  return 'id' in message ? message : { role: message.role, text: null };
}

/** All messages of each step, as they were sent. Pure. */
export function wholeSteps(steps: readonly RecordedStep[]): RecordedStep[] {
  let before: RecordedMessage[] = [];
  return steps.map((step) => {
    before = [...before.slice(0, step.same), ...step.messages];
    return { ...step, same: 0, messages: before };
  });
}

/** Both are in the order of the conversation, so that each source is looked for behind the one before it. */
function referToSources(messages: readonly ModelMessage[], sources: readonly Source[]): RecordedMessage[] {
  let from = 0;
  return messages.map((message) => {
    const at = sources.findIndex((source, index) => index >= from && isSame(source, message));
    const source = sources[at];
    if (source === undefined) return asText(message);
    from = at + 1;
    return { role: source.role, id: source.id };
  });
}

function isSame(source: Source, message: ModelMessage): boolean {
  return (
    source.role === message.role &&
    source.toolCallId === (message.toolCallId ?? null) &&
    source.text === message.text
  );
}

function asText({ role, text, toolCalls = [], toolCallId }: ModelMessage): RecordedMessage {
  return {
    role,
    text,
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
    ...(toolCallId === undefined ? {} : { toolCallId }),
  };
}

function commonStart(before: readonly RecordedMessage[], now: readonly RecordedMessage[]): number {
  const differs = now.findIndex((message, index) => {
    const other = before[index];
    if (other === undefined || !('id' in message) || !('id' in other)) return true;
    return message.id !== other.id;
  });
  return differs === -1 ? Math.min(now.length, before.length) : differs;
}
