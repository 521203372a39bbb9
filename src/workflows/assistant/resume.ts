import { refusalText } from '../../core/approval/approval.ts';
import type { Message, ToolCall } from '../../core/messages/message.ts';
import type { ToolOutcome } from '../../core/ports.ts';
import type { ResumedRun, WorkflowContext, WorkflowEvent } from '../../core/workflows/workflow.ts';
import { resultMessage, spokenMessage } from './said-messages.ts';

/** What was said before people were asked: `open` are the calls of its last message that have no result yet. */
export type Retold = { said: Message[]; steps: number; spoken: Message | null; open: ToolCall[] };

/** Tells again what was said before, so that this attempt streams, and leaves, all of it. */
export function* retell(
  context: Pick<WorkflowContext, 'thread' | 'run'>,
  { said: before }: Pick<ResumedRun, 'said'>,
): Generator<WorkflowEvent, Retold> {
  const retold: Retold = { said: [], steps: 0, spoken: null, open: [] };
  for (const each of before) {
    if (each.role === 'ai') {
      if (each.text !== '') yield { type: 'text', delta: each.text };
      for (const call of each.toolCalls) yield { type: 'tool_call', ...call };
      retold.spoken = spokenMessage(context, retold.said.length, each);
      retold.steps += 1;
      retold.open = each.toolCalls;
      retold.said.push(retold.spoken);
    } else if (retold.spoken !== null) {
      const { toolCallId, name, text, isError } = each;
      yield { type: 'tool_result', id: toolCallId, name, result: text, isError };
      retold.said.push(resultMessage(retold.spoken, toolCallId, text));
      retold.open = retold.open.filter(({ id }) => id !== toolCallId);
    }
  }
  return retold;
}

/** Calls what people approved; what they did not is an outcome that says so. */
export function callDecided(
  { toolbox, signal }: Pick<WorkflowContext, 'toolbox' | 'signal'>,
  { calls }: Pick<ResumedRun, 'calls'>,
): (call: ToolCall) => Promise<ToolOutcome> {
  return async (call) => {
    const asked = calls.findLast(({ id }) => id === call.id);
    const decision = asked?.decision ?? null;
    if (decision?.approved === true) return toolbox.call(call, signal);
    return { result: refusalText({ name: call.name, decision }), isError: true };
  };
}
