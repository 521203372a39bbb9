import type { TokenUsage } from '../runs/run.ts';

/** What one model used; `model` is its name, as `openai/gpt-5-mini`. */
export type ModelUsage = TokenUsage & { model: string };

/** What a run used, all its attempts together; `byModel` tells the same apart by model. */
export type RunUsage = TokenUsage & { byModel?: ModelUsage[] };

/** In US dollars for a million tokens. */
export type ModelPrice = {
  input: number;
  output: number;
  /** Of input that the provider had kept from an earlier call. */
  cachedInput: number;
};

export type Prices = ReadonlyMap<string, ModelPrice>;

const MILLION = 1_000_000;

/** What it costs in US dollars. Pure. */
export function costOf(
  { inputTokens, outputTokens, cachedTokens = 0 }: TokenUsage,
  price: ModelPrice,
): number {
  const cached = Math.min(cachedTokens, inputTokens);
  const total =
    (inputTokens - cached) * price.input + cached * price.cachedInput + outputTokens * price.output;
  return total / MILLION;
}

/** The sum of tokens and costs. What neither tells stays untold; a cost of one alone is the known part of the sum. Pure. */
export function addTokens(one: TokenUsage, other: TokenUsage): TokenUsage {
  const cachedTokens = addKnown(one.cachedTokens, other.cachedTokens);
  const costUsd = addKnown(one.costUsd, other.costUsd);
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    ...(cachedTokens === undefined ? {} : { cachedTokens }),
    ...(costUsd === undefined ? {} : { costUsd }),
  };
}

/** The sum of what runs, attempts or calls used, told apart by model. Null when none used anything. Pure. */
export function addUsage(one: RunUsage | null, other: RunUsage | null): RunUsage | null {
  if (one === null) return other;
  if (other === null) return one;
  const byModel = new Map<string, ModelUsage>();
  for (const each of [...(one.byModel ?? []), ...(other.byModel ?? [])]) {
    const before = byModel.get(each.model);
    const sum = before === undefined ? each : { model: each.model, ...addTokens(before, each) };
    byModel.set(each.model, sum);
  }
  return { ...addTokens(one, other), ...(byModel.size === 0 ? {} : { byModel: [...byModel.values()] }) };
}

function addKnown(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined && other === undefined ? undefined : (one ?? 0) + (other ?? 0);
}
