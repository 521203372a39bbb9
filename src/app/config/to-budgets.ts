import type { Pace } from '../../core/ports.ts';
import type { Budgets } from '../../core/usage/budget.ts';
import type { Prices } from '../../core/usage/usage.ts';
import type { BudgetsDocument, PricesDocument } from './budgets-schema.ts';
import type { ConfigDocument } from './config-schema.ts';
import type { ConfigurationFault } from './configuration-error.ts';
import type { ModelDocument } from './model-schema.ts';
import type { YamlSource } from './yaml-source.ts';

const MINUTE_MS = 60_000;

export function toBudgets(document: BudgetsDocument | undefined): Budgets {
  return {
    project: { tokens: document?.tokens_per_day ?? null, usd: document?.usd_per_day ?? null },
    person: { tokens: document?.user_tokens_per_day ?? null, usd: document?.user_usd_per_day ?? null },
  };
}

export function toPrices(document: PricesDocument): Prices {
  return new Map(
    Object.entries(document).map(([model, { input, output, cached_input: cachedInput = input }]) => [
      model,
      { input, output, cachedInput },
    ]),
  );
}

/** 0 stands for no bound. */
export function toPace(runsPerMinute: number): Pace | null {
  return runsPerMinute === 0 ? null : { most: runsPerMinute, windowMs: MINUTE_MS };
}

/** Models without a price where a budget in US dollars counts on it. */
export function priceFaults(document: ConfigDocument, source: YamlSource): readonly ConfigurationFault[] {
  const [project] =
    Object.entries(document.projects).find(
      ([, each]) => each?.budgets?.usd_per_day !== undefined || each?.budgets?.user_usd_per_day !== undefined,
    ) ?? [];
  if (project === undefined) return [];
  return Object.entries(document.assistants).flatMap(([name, { model }]) => {
    const missing = modelNames(model).find((each) => document.prices[each] === undefined);
    if (missing === undefined) return [];
    const message = `"${missing}" has no price, and the budget of the project "${project}" is in US dollars: add it under "prices"`;
    return [source.faultAt(['assistants', name, 'model'], message)];
  });
}

function modelNames(model: ModelDocument): string[] {
  return model.provider === 'hosted'
    ? [model.use, ...model.fallbacks, ...model.rules.map(({ use }) => use)]
    : [];
}
