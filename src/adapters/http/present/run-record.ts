import type { z } from 'zod';
import type { Message } from '../../../core/messages/message.ts';
import type { PromptFitting, RecordedMessage, RecordedStep, RunRecord } from '../../../core/ports.ts';
import { wholeSteps } from '../../../core/runs/record-steps.ts';
import type { Run } from '../../../core/runs/run.ts';
import type { runRecord } from '../schemas/run-record.ts';
import { messageIdOf } from './message.ts';

type RunRecordView = z.output<typeof runRecord>;
type StepView = RunRecordView['steps'][number];
type MessageView = StepView['prompt']['messages'][number];

/** `messages` are those of the thread that the record refers to. */
export function presentRunRecord(
  run: Run,
  record: RunRecord | null,
  messages: ReadonlyMap<string, Message>,
): RunRecordView {
  return {
    run_id: run.id,
    thread_id: run.threadId,
    assistant_id: record?.assistantId ?? run.assistantId,
    assistant_version: record?.assistantVersion ?? null,
    steps:
      record === null
        ? []
        : wholeSteps(record.steps).map((step) => presentStep(step, record.instructions, messages)),
  };
}

function presentStep(
  step: RecordedStep,
  instructions: string,
  messages: ReadonlyMap<string, Message>,
): StepView {
  const { attempt, model, tools, usage, startedAt, firstMs, totalMs, added } = step;
  return {
    attempt,
    model,
    tools: [...tools],
    usage: usage === null ? null : { input_tokens: usage.inputTokens, output_tokens: usage.outputTokens },
    started_at: startedAt.toISOString(),
    first_ms: firstMs,
    total_ms: totalMs,
    prompt: {
      instructions: instructions + (added ?? ''),
      messages: step.messages.map((message) => presentMessage(message, messages)),
      ...(step.fitting === undefined ? {} : { fitting: presentFitting(step.fitting) }),
    },
  };
}

function presentFitting(fitting: PromptFitting): NonNullable<StepView['prompt']['fitting']> {
  const { budgetTokens, tokens, shortened, leftOut, summaryUpToSeq } = fitting;
  return {
    budget_tokens: budgetTokens,
    tokens,
    shortened,
    left_out: leftOut,
    summary_up_to_seq: summaryUpToSeq,
  };
}

function presentMessage(sent: RecordedMessage, messages: ReadonlyMap<string, Message>): MessageView {
  if (!('id' in sent)) {
    return { type: sent.role, id: null, content: sent.text, ...toolFields(sent.toolCalls, sent.toolCallId) };
  }
  const message = messages.get(sent.id);
  if (message === undefined) return { type: sent.role, id: sent.id, content: null };
  return {
    type: sent.role,
    id: messageIdOf(message),
    content: message.redactedAt === null ? message.text : null,
    ...toolFields(message.toolCalls, message.toolCallId ?? undefined),
  };
}

function toolFields(calls: Message['toolCalls'] = [], callId?: string) {
  return {
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...(callId === undefined ? {} : { tool_call_id: callId }),
  };
}
