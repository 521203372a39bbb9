import { answerIdOf, messageIdAfter } from '../runs/answer-id.ts';
import type { RunEvent } from '../runs/run-event.ts';
import type { RunLease } from '../runs/run.ts';
import type { ToolCall } from '../messages/message.ts';

/** What an attempt has told of its answer so far. */
export type Told = {
  messageId: string;
  /** Null when its beginning was not heard, or nobody wants it. */
  text: string | null;
  /** Up to where text was heard, in UTF-16 units; null before the first of an attempt whose beginning was not heard. */
  heardTo: number | null;
  toolCalls: readonly ToolCall[];
  /** Whether something of the answer itself was heard. */
  begun: boolean;
};

/** Of an attempt whose first event was not heard. */
export function toldBeforeHearing(attempt: Pick<RunLease, 'runId' | 'fence'>): Told {
  return { messageId: answerIdOf(attempt), text: null, heardTo: null, toolCalls: [], begun: false };
}

/** `keepsText`: the text is wanted. What names another message than the one told of so far begins that message. */
export function tell(told: Told, event: RunEvent, keepsText: boolean): Told {
  const id = event.type === 'text' || event.type === 'tool_call' ? event.messageId : undefined;
  if (id === undefined || id === told.messageId) return tellMore(told, event, keepsText);
  return tellMore(beforeFirstWord(id, keepsText), event, keepsText);
}

function beforeFirstWord(messageId: string, keepsText: boolean): Told {
  return { messageId, text: keepsText ? '' : null, heardTo: 0, toolCalls: [], begun: false };
}

function tellMore(told: Told, event: RunEvent, keepsText: boolean): Told {
  switch (event.type) {
    case 'attempt':
      return beforeFirstWord(event.messageId, keepsText);
    case 'text':
      return {
        ...told,
        text: told.text?.length === event.offset ? told.text + event.delta : null,
        heardTo: event.offset + event.delta.length,
        begun: true,
      };
    case 'tool_call': {
      const { id, name, args } = event;
      return { ...told, toolCalls: [...told.toolCalls, { id, name, args }], begun: true };
    }
    case 'said': {
      const { id, text, toolCalls } = event.message;
      return { messageId: id, text: keepsText ? text : null, heardTo: text.length, toolCalls, begun: true };
    }
    case 'tool_result':
      return event.messageId === undefined
        ? told
        : beforeFirstWord(messageIdAfter(event.messageId), keepsText);
    case 'approval':
    case 'custom':
    case 'end':
      return told;
  }
}
