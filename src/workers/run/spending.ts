import type { Model, RunOutcome } from '../../core/ports.ts';
import { personKey, personOf } from '../../core/privacy/person.ts';
import type { RouteInput } from '../../core/routing/route.ts';
import type { Run } from '../../core/runs/run.ts';
import { createMeter, type Meter } from '../../core/usage/meter.ts';
import { addUsage, type RunUsage } from '../../core/usage/usage.ts';
import type { RunRules } from './route-run.ts';

/** Who a run spends for, and by which assistant. */
export type Spender = NonNullable<RunOutcome['spender']> & { assistantId: string };

/** What one attempt of a run spends. */
export type Spending = {
  /** The model with its calls counted. */
  metered(model: Model, assistantId: string, question: Pick<RouteInput, 'author' | 'thread'>): Model;
  /** With that of the attempts before; `told` is what the workflow tells, which counts where it called no model. */
  usage(told: RunUsage | null): RunUsage | null;
  spender(): NonNullable<RunOutcome['spender']>;
};

export function beginSpending(run: Run, rules: Pick<RunRules, 'meter'>): Spending {
  const { projectId } = run;
  let meter: Meter | null = null;
  let personId: string | null = null;
  return {
    metered(model, assistantId, { author, thread }) {
      personId = author === null ? null : personKey(personOf(author, thread.origin ?? null));
      meter =
        rules.meter?.(model, { projectId, personId, assistantId }) ??
        createMeter(model, { prices: new Map(), modelName: 'unknown', budget: null });
      return meter.model;
    },
    usage: (told) => addUsage(usageBefore(run), meter?.spent() ?? told),
    spender: () => ({ projectId, personId }),
  };
}

/** Of the attempts that were given back to the queue, or asked people: each of both includes what came before it. */
function usageBefore({ usage, approval }: Run): RunUsage | null {
  const asked = approval?.usage ?? null;
  if (usage === null || asked === null) return usage ?? asked;
  return asked.inputTokens > usage.inputTokens ? asked : usage;
}
