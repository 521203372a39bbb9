import type { Message } from '../messages/message.ts';
import type { Run, TokenUsage } from '../runs/run.ts';
import type { Thread } from '../threads/thread.ts';
import type { AssistantProfile } from '../workflows/workflow.ts';
import type { ModelMessage } from './model.ts';
import type { ToolDescription } from './tools.ts';

/** Who asks, where: what sections of a prompt and tools depend on. */
export type RunScene = { thread: Thread; run: Run; assistant: Pick<AssistantProfile, 'id' | 'name'> };

export type Prompt = { instructions: string; messages: ModelMessage[] };

export interface PromptBuilder {
  /**
   * What is sent to the model for the next step: as much of the conversation as its budget allows, the newest always, with
   * what else it should know. `messages` begin with the conversation and end with what this run has said so far.
   */
  build(
    scene: RunScene & { assistant: AssistantProfile },
    messages: readonly Message[],
    tools: readonly ToolDescription[],
    signal: AbortSignal,
  ): Promise<Prompt>;
}

/** One part of what the model is told beside its instructions and the conversation. */
export type PromptSection = { title: string; text: string };

/** Gives sections that follow the instructions, as notes on a person or a list of files. */
export interface PromptSource {
  /** Those for this run; none when there is nothing to say. What it throws costs its sections, not the run. */
  sections(scene: RunScene, signal: AbortSignal): Promise<PromptSection[]>;
}

/** One call of a model. */
export type StepRecord = {
  /** Name of the model that answered, as `openai/gpt-5`; null when none did. */
  model: string | null;
  prompt: Prompt;
  /** Names of the tools that it was offered. */
  tools: readonly string[];
  usage: TokenUsage | null;
  startedAt: Date;
  /** Milliseconds from the call to the first text or tool call; null when there was none. */
  firstMs: number | null;
  /** Milliseconds from the call to its end. */
  totalMs: number;
};
