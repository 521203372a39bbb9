import { z } from 'zod';
import type { ApprovalNeed } from '../../core/approval/approval.ts';
import type { RunScene } from '../../core/ports.ts';

/** What an assistant can do beside talking. Made with `defineTool`. */
export type Tool<Input extends z.ZodType = z.ZodType> = {
  /** As the model calls it: at most 64 letters, digits, `_` and `-`. */
  readonly name: string;
  /** When to use it and what it gives, for the model. */
  readonly description: string;
  /** Arguments are checked by it, and reach `execute` as it gives them out. */
  readonly input: Input;
  /** JSON Schema of the arguments, for the model; made from `input` unless given. */
  readonly inputSchema: Record<string, unknown>;
  /** A person must agree before it is called; `true`: whoever asked, within a day. */
  readonly needsApproval?: true | ApprovalNeed;
  /** Milliseconds after which a call counts as failed; 30,000 unless given. */
  readonly timeoutMs?: number;
  /**
   * Does it. What it resolves to is shown to the model, kept with the thread and streamed: plain JSON, without secrets.
   * @throws ThreadrelayError whose sentence the model reads; of anything else it is told only that the tool failed
   */
  execute(args: z.output<Input>, scene: RunScene, signal: AbortSignal): Promise<unknown>;
};

/** Gives tools for a run. Never rejects: what is away is left out. */
export type ToolSource = (scene: RunScene, signal: AbortSignal) => Promise<readonly Tool[]>;

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** Declares a tool. @throws TypeError for a name that no model provider takes */
export function defineTool<Input extends z.ZodType>(
  tool: Omit<Tool<Input>, 'inputSchema'> & { readonly inputSchema?: Record<string, unknown> },
): Tool<Input> {
  if (!NAME.test(tool.name)) {
    throw new TypeError(`"${tool.name}" is no name of a tool: use at most 64 letters, digits, "_" and "-".`);
  }
  return { ...tool, inputSchema: tool.inputSchema ?? jsonSchemaOf(tool.input) };
}

function jsonSchemaOf(input: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(input, { io: 'input', target: 'draft-7' });
  return { ...schema };
}
