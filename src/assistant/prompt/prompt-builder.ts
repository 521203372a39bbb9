import type { Message } from '../../core/messages/message.ts';
import type {
  LongThreadStore,
  MessageStore,
  Model,
  PromptBuilder,
  PromptSection,
  PromptSource,
  RunScene,
  ToolDescription,
} from '../../core/ports.ts';
import type { Logger } from '../../core/logger.ts';
import type { Run } from '../../core/runs/run.ts';
import { estimateMessage, estimateTokens } from './estimate-tokens.ts';
import { extendSummary, summaryEnd } from './extend-summary.ts';
import { fitConversation } from './fit-conversation.ts';
import { readSections, withSections } from './sections.ts';
import { isGroupOf, toSpokenMessage } from './speakers.ts';
import type { Summarise } from './summarise.ts';
import { sectionOfOlder } from './summary-section.ts';
import { readThreadContext, type ThreadContext } from './thread-context.ts';

/** What every model of these days reads at least: for those of which nobody said more. */
export const DEFAULT_CONTEXT_TOKENS = 16_000;
/** Room for the answer, where the configuration sets no longest one. */
const OUTPUT_TOKENS = 4_096;
/** The answer's room takes no more of the context than this. */
const OUTPUT_SHARE = 0.25;
/** The messages get this much of the context, however long instructions, sections and tools are. */
const LEAST_MESSAGES_SHARE = 0.25;
/** Old results of tools count no more than this before a summary is made: they are shortened first. */
const RESULT_TOKENS = 150;

export type PromptBuilderParts = {
  /** What else the model is told, in this order, after the instructions. */
  sources: readonly PromptSource[];
  threads: LongThreadStore;
  messages: Pick<MessageStore, 'between'>;
  /** Null: nobody said. */
  contextTokens: number | null;
  maxOutputTokens: number | null;
  /** Makes summaries, with the model that answers or without. */
  summarise: (model: Model) => Summarise;
  /** Names what makes them; null for no model. */
  summariser: string | null;
  logger: Logger;
};

/** What stays the same over the steps of a run. */
type RunContext = { sections: readonly PromptSection[]; context: ThreadContext };

/**
 * Builds what is sent to a model: the assistant's instructions with the sections of its sources, a summary of what is too
 * old to be sent, and as much of the conversation as the model's budget allows.
 */
export function createPromptBuilder(parts: PromptBuilderParts): PromptBuilder {
  const window = parts.contextTokens ?? DEFAULT_CONTEXT_TOKENS;
  const reserve = Math.min(parts.maxOutputTokens ?? OUTPUT_TOKENS, Math.floor(window * OUTPUT_SHARE));
  const perRun = new WeakMap<Run, Promise<RunContext>>();

  const budgetBeside = (instructions: string, tools: readonly ToolDescription[]) => {
    const fixed =
      estimateTokens(instructions) + estimateTokens(tools.length === 0 ? '' : JSON.stringify(tools));
    return Math.max(Math.floor(window * LEAST_MESSAGES_SHARE), window - reserve - fixed);
  };

  async function read(
    scene: Parameters<PromptBuilder['build']>[0],
    messages: readonly Message[],
    signal: AbortSignal,
  ): Promise<RunContext> {
    const sections = await readSections(parts.sources, scene, signal);
    const instructions = withSections(scene.assistant.instructions, sections);
    const fits = tokensOf(messages) <= budgetBeside(instructions, []);
    return { sections, context: await readThreadContext(parts.threads, scene, messages, fits) };
  }

  function contextOf(...[scene, messages, signal]: Parameters<typeof read>): Promise<RunContext> {
    const known = perRun.get(scene.run);
    if (known !== undefined) return known;
    const reading = read(scene, messages, signal);
    perRun.set(scene.run, reading);
    return reading;
  }

  return {
    async build(scene, messages, tools, signal) {
      const { sections, context } = await contextOf(scene, messages, signal);
      const { summary, older, pinned, hasMore } = context;
      const triggers = new Set(scene.run.triggerMessageIds);
      const isNewest = ({ id, runId }: Message) => triggers.has(id) || runId === scene.run.id;
      const shown = messages.filter(
        (message) => isNewest(message) || pinned.has(message.id) || message.seq > (summary?.upToSeq ?? 0),
      );
      const all = [...older, ...shown];
      const conversation = {
        messages: all,
        pinned,
        newest: new Set(all.filter(isNewest).map(({ id }) => id)),
        isGroup: isGroupOf(all),
      };
      const compose = (leftOut: boolean) =>
        withSections(scene.assistant.instructions, [...sections, ...sectionOfOlder(summary, leftOut)]);
      const budgetTokens = budgetBeside(compose(true), tools);
      const { messages: sent, ...fitted } = fitConversation(conversation, budgetTokens);
      const isGap = hasMore && !isJoined(summary?.upToSeq ?? 0, messages);
      return {
        instructions: compose(fitted.leftOut > 0 || isGap),
        messages: sent,
        fitting: { budgetTokens, ...fitted, summaryUpToSeq: summary?.upToSeq ?? null },
      };
    },

    async upkeep(scene, messages, model, signal) {
      try {
        return await keepSummary(scene, messages, model, signal);
      } catch (error) {
        const { runId, threadId } = { runId: scene.run.id, threadId: scene.thread.id };
        if (!signal.aborted) parts.logger.warn({ err: error, runId, threadId }, 'a summary was not extended');
        return null;
      }
    },
  };

  async function keepSummary(
    { thread, run }: RunScene,
    messages: readonly Message[],
    model: Model,
    signal: AbortSignal,
  ) {
    const budget = window - reserve;
    const before = messages.filter(
      ({ id, seq }) => seq <= run.ordinal && !run.triggerMessageIds.includes(id),
    );
    const fresh = (upToSeq: number) =>
      before
        .filter(({ seq }) => seq > upToSeq)
        .map((message) => ({ seq: message.seq, tokens: freshTokens(message) }));
    const { ordinal } = run;
    // Most threads are short: nothing is read for them.
    if (summaryEnd(fresh(0), { upToSeq: 0, ordinal, budget }) === null) return null;
    const upToSeq = (await parts.threads.summary(thread.id))?.upToSeq ?? 0;
    const end = summaryEnd(fresh(upToSeq), { upToSeq, ordinal, budget });
    if (end === null) return null;
    const extended = { ...parts, summarise: parts.summarise(model), model: parts.summariser };
    return extendSummary(extended, { threadId: thread.id, end, budget }, signal);
  }
}

/** Whether no step between the summary and the oldest message that was read is missing. */
function isJoined(upToSeq: number, messages: readonly Message[]): boolean {
  return messages.reduce((least, { seq }) => Math.min(least, seq), Number.POSITIVE_INFINITY) <= upToSeq + 1;
}

function tokensOf(messages: readonly Message[]): number {
  return messages.reduce((total, message) => total + estimateMessage(toSpokenMessage(message, true)), 0);
}

function freshTokens(message: Message): number {
  const tokens = estimateMessage(toSpokenMessage(message, true));
  return message.role === 'tool' ? Math.min(tokens, RESULT_TOKENS) : tokens;
}
