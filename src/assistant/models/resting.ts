import type { ModelReference } from './hosted-model-config.ts';
import { nameOf } from './candidates.ts';

/** So long a model that failed is passed over where another can answer: nobody waits for what just was not there. */
const REST_MS = 30_000;

/** Models that are passed over for a while, in this process. */
export type Resting = {
  /** Those that failed of late come last, each group in its own order. */
  order(models: readonly ModelReference[]): ModelReference[];
  /** @param askedMs What the provider asked to wait. */
  rest(model: ModelReference, askedMs: number | null): void;
};

export function createResting(now: () => Date): Resting {
  const until = new Map<string, number>();
  const isResting = (model: ModelReference) => (until.get(nameOf(model)) ?? 0) > now().getTime();
  return {
    order: (models) => [
      ...models.filter((model) => !isResting(model)),
      ...models.filter((model) => isResting(model)),
    ],
    rest(model, askedMs) {
      until.set(nameOf(model), now().getTime() + Math.max(askedMs ?? 0, REST_MS));
    },
  };
}
