import { z } from 'zod';

/** A model without a model: sentences of the assistant's knowledge. */
export const offlineModelSchema = z.strictObject({
  provider: z
    .literal('offline')
    .describe("Answers with sentences of the assistant's knowledge; it needs no network and no key."),
});
