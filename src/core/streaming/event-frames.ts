import type { RunEvent } from '../runs/run-event.ts';
import { toolResultText } from '../messages/tool-result-text.ts';
import { interruptsOf } from './interrupt.ts';
import {
  ANSWERING,
  answerChunk,
  answerMessage,
  chunkMetadata,
  type FrameDraft,
  messageMetadata,
  STATE_BEFORE,
  type StreamedRun,
  USING_TOOLS,
} from './frame.ts';
import type { Told } from './told.ts';

type ToolCallEvent = Extract<RunEvent, { type: 'tool_call' }>;
type ToolResultEvent = Extract<RunEvent, { type: 'tool_result' }>;

/**
 * The frames that an event makes, for readers of all modes, in the order in which they are sent. How many they are
 * depends on the type of the event alone, so that a place among them means the same to every reader. `told` is what the
 * attempt has told with this event, and `isFirst` whether its answer begins with it. Pure.
 */
export function framesOf(event: RunEvent, told: Told, isFirst: boolean, run: StreamedRun): FrameDraft[] {
  switch (event.type) {
    case 'attempt':
      return beginning(run, event.attempt);
    case 'text':
      return [
        {
          mode: 'messages-tuple',
          event: 'messages',
          data: () => [answerChunk(told.messageId, event.delta), chunkMetadata(run)],
        },
        messageMetadata(isFirst ? told.messageId : null, run),
        soFar(told),
      ];
    case 'tool_call':
      return [
        {
          mode: 'messages-tuple',
          event: 'messages',
          data: () => [toolCallChunk(event, told), chunkMetadata(run)],
        },
        messageMetadata(isFirst ? told.messageId : null, run),
        soFar(told),
        { mode: 'tools', event: 'tools', data: () => toolStart(event) },
      ];
    case 'said':
      return [
        { mode: 'messages', event: 'messages/complete', data: () => [answerMessage(event.message)] },
        {
          mode: 'updates',
          event: 'updates',
          data: () => ({ [ANSWERING]: { messages: [answerMessage(event.message)] } }),
        },
      ];
    case 'tool_result':
      return [
        {
          mode: 'messages-tuple',
          event: 'messages',
          data: () => [toolMessage(event), { ...chunkMetadata(run), langgraph_node: USING_TOOLS }],
        },
        { mode: 'messages', event: 'messages/complete', data: () => [toolMessage(event)] },
        {
          mode: 'updates',
          event: 'updates',
          data: () => ({ [USING_TOOLS]: { messages: [toolMessage(event)] } }),
        },
        { mode: 'tools', event: 'tools', data: () => toolEnd(event) },
      ];
    case 'approval':
      return [
        {
          mode: null,
          event: 'updates',
          data: () => ({ __interrupt__: interruptsOf(event.calls, new Date(event.expiresAt)) }),
        },
      ];
    case 'custom':
      return [{ mode: 'custom', event: 'custom', data: () => ({ name: event.name, data: event.data }) }];
    case 'end':
      return [];
  }
}

/** An attempt begins: what was told by an earlier one is void, and the state is again that before the answer. */
export function beginning(run: StreamedRun, attempt: number): FrameDraft[] {
  return [
    { mode: null, event: 'metadata', data: () => ({ run_id: run.id, attempt }) },
    { mode: 'values', event: 'values', data: () => STATE_BEFORE },
  ];
}

/** The message as it is so far; when its beginning is not known, it is left to its completion. */
function soFar({ messageId: id, text, toolCalls }: Told): FrameDraft {
  const data = text === null ? null : () => [answerMessage({ id, text, toolCalls })];
  return { mode: 'messages', event: 'messages/partial', data };
}

/** Calls come whole, so none needs an `index` by which its pieces would be put together. */
function toolCallChunk({ id, name, args }: ToolCallEvent, { messageId }: Told) {
  return {
    ...answerChunk(messageId, ''),
    tool_call_chunks: [{ type: 'tool_call_chunk', id, name, args: JSON.stringify(args) }],
  };
}

function toolMessage({ id, name, result, isError, messageId }: ToolResultEvent) {
  return {
    type: 'tool',
    id: messageId ?? `${id}-result`,
    tool_call_id: id,
    name,
    content: toolResultText(result),
    status: isError ? 'error' : 'success',
  };
}

function toolStart({ id, name, args }: ToolCallEvent) {
  return { event: 'on_tool_start', toolCallId: id, name, input: args };
}

function toolEnd({ id, name, result, isError }: ToolResultEvent) {
  return isError
    ? { event: 'on_tool_error', toolCallId: id, name, error: result }
    : { event: 'on_tool_end', toolCallId: id, name, output: result };
}
