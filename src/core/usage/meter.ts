import { ThreadrelayError } from '../errors.ts';
import type { Model, ModelEvent, ModelRequest } from '../ports.ts';
import type { TokenUsage } from '../runs/run.ts';
import type { BudgetKeeper, Kept } from './budget-keeper.ts';
import { bytesOf, likelyTokens } from './estimate.ts';
import { addUsage, costOf, type Prices, type RunUsage } from './usage.ts';

/** A model whose calls are counted. */
export type Meter = {
  /** Tells the cost with the usage. @throws ThreadrelayError `budget_spent`, before anything was sent */
  model: Model;
  /**
   * What its calls have used so far; null when there was none. A call that was cut short, or whose provider told nothing,
   * counts by estimate: its prompt, and what it said.
   */
  spent(): RunUsage | null;
};

export type MeterParts = {
  prices: Prices;
  /** Names a call whose provider did not say which model answers. */
  modelName: string;
  /** Null where no budget bounds it: then nothing is reserved. */
  budget: BudgetKeeper | null;
};

/** One call that is under way, or was cut short. */
type OpenCall = { request: ModelRequest; saidBytes: number };

/** Counts, prices and bounds what is spent on a model by one attempt of a run. */
export function createMeter(model: Model, { prices, modelName, budget }: MeterParts): Meter {
  let told: RunUsage | null = null;
  const untold = new Set<OpenCall>();

  function priced(usage: TokenUsage, name: string): TokenUsage {
    const price = prices.get(name);
    if (usage.costUsd !== undefined || price === undefined) return usage;
    return { ...usage, costUsd: costOf(usage, price) };
  }

  function count(usage: TokenUsage, name: string): void {
    told = addUsage(told, { ...usage, byModel: [{ model: name, ...usage }] });
  }

  function estimateOf({ request, saidBytes }: OpenCall): RunUsage {
    const usage = priced(
      { inputTokens: likelyTokens(bytesOf(request)), outputTokens: likelyTokens(saidBytes) },
      modelName,
    );
    return { ...usage, byModel: [{ model: modelName, ...usage }] };
  }

  function spent(): RunUsage | null {
    return [...untold].reduce<RunUsage | null>((sum, call) => addUsage(sum, estimateOf(call)), told);
  }

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    if (signal.aborted) return;
    const kept = budget === null ? null : await budget.reserve(request, signal);
    const call: OpenCall = { request: limited(request, kept), saidBytes: 0 };
    // What was put aside is for one call: a model that would mend its answer with another one is to ask anew.
    const paidCall = new AbortController();
    let used: RunUsage | null = null;
    let hasFinished = false;
    untold.add(call);
    try {
      const until = kept === null ? signal : AbortSignal.any([signal, paidCall.signal]);
      for await (const event of model.stream(call.request, until)) {
        if (event.type !== 'usage') {
          hasFinished ||= event.type === 'finish';
          call.saidBytes += sizeOf(event);
          yield event;
          continue;
        }
        paidCall.abort();
        const name = event.model ?? modelName;
        const usage = priced(event.usage, name);
        count(usage, name);
        used = addUsage(used, usage);
        untold.delete(call);
        yield { ...event, model: name, usage };
      }
      if (kept !== null && paidCall.signal.aborted && !hasFinished && !signal.aborted) throw noAnswer();
    } catch (error) {
      // Providers take nothing for what they refuse.
      if (call.saidBytes === 0) untold.delete(call);
      throw error;
    } finally {
      if (untold.delete(call)) {
        used = estimateOf(call);
        told = addUsage(told, used);
      }
      await kept?.settle(used);
    }
  }

  return { model: { stream }, spent };
}

function noAnswer(): ThreadrelayError {
  return new ThreadrelayError('model_failed', 'The model gave no answer.', { retryable: true });
}

function limited(request: ModelRequest, kept: Kept | null): ModelRequest {
  if (kept === null) return request;
  const { maxOutputTokens = kept.maxOutputTokens } = request;
  return { ...request, maxOutputTokens: Math.min(maxOutputTokens, kept.maxOutputTokens) };
}

function sizeOf(event: ModelEvent): number {
  if (event.type === 'text') return Buffer.byteLength(event.delta);
  return event.type === 'tool_call' ? Buffer.byteLength(JSON.stringify(event.args)) : 0;
}
