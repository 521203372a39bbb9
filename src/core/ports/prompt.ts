import type { Message } from '../messages/message.ts';
import type { Run, TokenUsage } from '../runs/run.ts';
import type { Thread } from '../threads/thread.ts';
import type { AssistantProfile } from '../workflows/workflow.ts';
import type { Model, ModelMessage } from './model.ts';
import type { ToolDescription } from './tools.ts';

/** Who asks, where: what sections of a prompt and tools depend on. */
export type RunScene = { thread: Thread; run: Run; assistant: Pick<AssistantProfile, 'id' | 'name'> };

export type Prompt = { instructions: string; messages: ModelMessage[]; fitting?: PromptFitting };

/** How a conversation was made to fit, for people who look at what a model was sent. Tokens are estimated. */
export type PromptFitting = {
  /** What the messages may take, and what they take. */
  budgetTokens: number;
  tokens: number;
  /** Messages that were read and not sent as they are: cut in their middle, or left out. */
  shortened: number;
  leftOut: number;
  /** The summary that was sent stands for all messages up to this `seq`; null where none was. */
  summaryUpToSeq: number | null;
};

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
  /**
   * Brings what is kept of the thread beside its messages up to date (its summary); asked for once a run, beside the
   * answer, with its model. Answers what that cost, null for nothing. Never rejects: what fails is tried again in a later run.
   */
  upkeep?(
    scene: RunScene,
    messages: readonly Message[],
    model: Model,
    signal: AbortSignal,
  ): Promise<TokenUsage | null>;
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
