import type { Clock, NewId } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { BudgetStore } from '../core/ports.ts';
import { createBudgetKeeper } from '../core/usage/budget-keeper.ts';
import { createMeter } from '../core/usage/meter.ts';
import type { ModelPrice, Prices } from '../core/usage/usage.ts';
import type { RunRules } from '../workers/run/route-run.ts';
import type { AssistantConfig, Config, ModelConfig, ProjectConfig } from './config/config.ts';

/** What of the configuration counts here. */
export type MeterConfig = Pick<Config, 'prices'> & {
  projects: ReadonlyMap<string, Pick<ProjectConfig, 'budgets'>>;
  assistants: ReadonlyMap<string, Pick<AssistantConfig, 'model'>>;
};

export type RunMeterParts = { budgets: BudgetStore; clock: Clock; newId: NewId; logger: Logger };

/** Counts what runs spend by the prices of the configuration, and keeps it within the budgets of their project. */
export function createRunMeter(
  parts: RunMeterParts,
): (config: MeterConfig) => NonNullable<RunRules['meter']> {
  return ({ prices, projects, assistants }) =>
    (model, { projectId, personId, assistantId }) => {
      const config = assistants.get(assistantId)?.model;
      const names = config === undefined ? [] : namesOf(config);
      const budgets = projects.get(projectId)?.budgets;
      const budget =
        budgets === undefined
          ? null
          : createBudgetKeeper({
              ...parts,
              store: parts.budgets,
              budgets,
              projectId,
              personId,
              price: dearestOf(names, prices),
              maxOutputTokens: config?.provider === 'hosted' ? config.maxOutputTokens : null,
            });
      return createMeter(model, { prices, modelName: names[0] ?? 'unknown', budget });
    };
}

/** The models that may answer, as usage names them; the first is the usual one. */
function namesOf(model: ModelConfig): string[] {
  if (model.provider !== 'hosted') return [model.provider];
  return [model.use, ...model.fallbacks, ...model.rules.map(({ use }) => use)].map(
    ({ provider, name }) => `${provider.name}/${name}`,
  );
}

/** What any of the models costs at most. */
function dearestOf(names: readonly string[], prices: Prices): ModelPrice | null {
  const known = names.flatMap((name) => prices.get(name) ?? []);
  if (known.length === 0) return null;
  return {
    input: Math.max(...known.map(({ input }) => input)),
    output: Math.max(...known.map(({ output }) => output)),
    cachedInput: Math.max(...known.map(({ cachedInput }) => cachedInput)),
  };
}
