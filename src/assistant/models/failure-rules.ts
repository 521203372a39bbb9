import type { FailureKind } from './model-failure.ts';

/** What is done about a failure, and what people are told when nothing helped. */
export type FailureRule = {
  /** May the same model be asked again at once or after a short wait? */
  again: boolean;
  /** May another model take its place? */
  replaceable: boolean;
  /** Will it most likely fail the next run too, for a while? */
  rests: boolean;
  /** May the whole run be tried again? */
  retryable: boolean;
  /** `model` is its name as the configuration has it. */
  sentence(model: string): string;
};

const passing = { again: true, rests: false, replaceable: true, retryable: true };
const lasting = { again: false, rests: false, replaceable: true, retryable: false };

export const FAILURE_RULES: Readonly<Record<FailureKind, FailureRule>> = {
  rate_limited: {
    ...passing,
    rests: true,
    sentence: () => 'The model has more to do than its provider allows at the moment.',
  },
  unavailable: {
    ...passing,
    rests: true,
    sentence: () => 'The model could not be reached, or its provider is failing.',
  },
  // Asked again at once it would most likely be waited for as long again.
  silent: {
    ...passing,
    again: false,
    rests: true,
    sentence: () => 'The model did not begin to answer in time.',
  },
  stalled: { ...passing, again: false, sentence: () => 'The model stopped in the middle of its answer.' },
  cut: { ...passing, sentence: () => "The model's answer was cut off." },
  malformed: { ...passing, sentence: () => 'The model answered with something that cannot be read.' },
  empty: { ...passing, sentence: () => 'The model gave an empty answer.' },
  used_up: {
    ...lasting,
    sentence: () =>
      'The model used up the length that its answer may have before it said anything; whoever runs this bot may raise "max_output_tokens".',
  },
  // The provider's judgement is an answer; no other model is asked until one says it.
  filtered: {
    ...lasting,
    replaceable: false,
    sentence: () => "The answer was withheld by the content filter of the model's provider.",
  },
  no_credit: {
    ...lasting,
    rests: true,
    sentence: (model) =>
      `The account with the provider of ${model} has no credit left; whoever runs this bot must see to it.`,
  },
  no_key: {
    ...lasting,
    rests: true,
    sentence: (model) =>
      `There is no key for the provider of ${model}; whoever runs this bot must set it in the environment.`,
  },
  key_refused: {
    ...lasting,
    rests: true,
    sentence: (model) =>
      `The provider of ${model} did not accept the key; whoever runs this bot must mend it.`,
  },
  unknown_model: {
    ...lasting,
    rests: true,
    sentence: (model) =>
      `The provider has no model ${model}; whoever runs this bot must mend "model" in threadrelay.yaml.`,
  },
  too_long: { ...lasting, sentence: () => 'The conversation is longer than what the model can read.' },
  refused: { ...lasting, sentence: (model) => `The provider of ${model} refused the request.` },
};
