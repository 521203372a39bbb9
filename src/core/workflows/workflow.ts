import type { ApprovalNeed, AskedCall, SaidBefore } from '../approval/approval.ts';
import type { Clock } from '../clock.ts';
import type { Message, ToolCall } from '../messages/message.ts';
import type { Model, PromptBuilder, RunFiles, StepRecord, Toolbox } from '../ports.ts';
import type { Run, TokenUsage } from '../runs/run.ts';
import type { Thread } from '../threads/thread.ts';

/** What a workflow streams. The worker turns it into run events, and its text into the run's answer. */
export type WorkflowEvent =
  | { type: 'text'; delta: string }
  | { type: 'tool_call'; id: string; name: string; args: Record<string, unknown> }
  | { type: 'tool_result'; id: string; name: string; result: unknown; isError: boolean }
  /**
   * Calls that people must approve before they are made, of those that the last message asked for. The last event of an
   * attempt: the run waits, and when all are decided the workflow is run again, with `resume`.
   */
  | { type: 'approval'; calls: readonly (ToolCall & { need: ApprovalNeed })[] }
  | { type: 'usage'; usage: TokenUsage }
  | { type: 'custom'; name: string; data: unknown }
  /** One call of the model, kept with the run so that people can see what it was sent. */
  | { type: 'step'; record: StepRecord };

export type AssistantProfile = {
  id: string;
  name: string;
  instructions: string;
  /** Calls of the model in one run; in the last of them it gets no tools, so that it answers. */
  maxSteps: number;
};

export type ResumedRun = {
  said: readonly SaidBefore[];
  /** Each with its decision; null where nobody decided in time, which is no. */
  calls: readonly AskedCall[];
};

export type WorkflowContext = {
  thread: Thread;
  run: Run;
  assistant: AssistantProfile;
  model: Model;
  /** What the assistant may use in this run. */
  toolbox: Toolbox;
  prompt: PromptBuilder;
  /** What people attached; left out where nothing is to be done with it. */
  files?: RunFiles;
  /** What was said before, oldest first; the messages to be answered come last. */
  messages: Message[];
  /** What was said and decided before, when the run goes on after people were asked; to be told again first. */
  resume?: ResumedRun;
  /** The only time that a workflow knows. */
  clock: Clock;
  /** Fires when the run is cancelled, overtaken or out of time; the workflow should end soon. */
  signal: AbortSignal;
};

export type Workflow = {
  name: string;
  description: string;
  run(context: WorkflowContext): AsyncIterable<WorkflowEvent>;
};

/** Declares a workflow. The name is what a route's `to.workflow` says: lower case words joined by `-`. */
export function defineWorkflow(workflow: Workflow): Workflow {
  if (!/^[a-z][a-z0-9-]*$/.test(workflow.name)) {
    throw new TypeError(`"${workflow.name}" is no workflow name: use lower case letters, digits and "-".`);
  }
  return workflow;
}
