import { z } from 'zod';

const tokensADay = z.int().min(1).max(1_000_000_000_000).optional();
const usdADay = z.number().positive().max(1_000_000).optional();

/** What a project may spend on models. Days are those of UTC. */
export const budgetsSchema = z
  .strictObject({
    tokens_per_day: tokensADay.describe('Tokens that all its runs may use on a day, in UTC. Left out: any.'),
    usd_per_day: usdADay.describe('US dollars that they may cost, by `prices`. Left out: any.'),
    user_tokens_per_day: tokensADay.describe('Tokens that the runs of one person may use on a day.'),
    user_usd_per_day: usdADay.describe('US dollars that the runs of one person may cost.'),
  })
  .describe('What may be spent on models. When it is spent, runs end with a sentence that says so.');

const usdAMillion = z.number().min(0).max(1_000_000);

/** Prices of models by name, in US dollars for a million tokens. */
export const pricesSchema = z
  .record(
    z.string().min(1).max(300),
    z.strictObject({
      input: usdAMillion.describe('US dollars for a million tokens of input.'),
      output: usdAMillion.describe('US dollars for a million tokens of output.'),
      cached_input: usdAMillion
        .optional()
        .describe(
          'The same for input that the provider had kept from an earlier call. Left out: as `input`.',
        ),
    }),
  )
  .default({})
  .describe(
    'What models cost, by name, as `openai/gpt-5-mini`. None is built in: prices change. Models without a price count tokens only.',
  );

export type BudgetsDocument = z.infer<typeof budgetsSchema>;
export type PricesDocument = z.infer<typeof pricesSchema>;
