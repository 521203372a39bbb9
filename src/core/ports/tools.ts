import type { ApprovalNeed } from '../approval/approval.ts';
import type { ToolCall } from '../messages/message.ts';

/** What a model is told of a tool. */
export type ToolDescription = {
  name: string;
  description: string;
  /** JSON Schema of its arguments, an object. */
  inputSchema: Record<string, unknown>;
  /** A person must agree before it is called; models are not told. */
  needsApproval?: ApprovalNeed;
};

export type ToolOutcome = { result: unknown; isError: boolean };

/** The tools of one run. */
export interface Toolbox {
  /** Those that the assistant may use here. Never rejects: tools of a server that is away are left out. */
  list(signal: AbortSignal): Promise<readonly ToolDescription[]>;
  /**
   * Checks the arguments and does what the tool does. What goes wrong there, an unknown tool included, is an outcome for
   * the model to read. @throws only when the signal fires
   */
  call(call: ToolCall, signal: AbortSignal): Promise<ToolOutcome>;
}

export const noTools: Toolbox = {
  list: async () => [],
  call: async ({ name }) => ({ result: `There is no tool "${name}".`, isError: true }),
};
