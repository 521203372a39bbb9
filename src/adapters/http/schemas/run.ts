import { z } from 'zod';
import * as examples from './examples.ts';
import { assistantId, jsonObject, time } from './json.ts';

export const RUN_STATUSES = ['pending', 'running', 'error', 'success', 'timeout', 'interrupted'] as const;
export type ApiRunStatus = (typeof RUN_STATUSES)[number];

export const runStatus = z.enum(RUN_STATUSES);

export const run = z
  .object({
    run_id: z.string(),
    thread_id: z.string(),
    assistant_id: assistantId,
    created_at: time,
    updated_at: time,
    status: runStatus,
    metadata: jsonObject,
    kwargs: jsonObject,
    multitask_strategy: z.enum(['enqueue', 'collect', 'interrupt', 'rollback', 'reject']),
    error: z
      .object({ error: z.string(), message: z.string() })
      .nullable()
      .meta({ description: 'Why it ended in `error` or `timeout`.' }),
    usage: z
      .object({
        input_tokens: z.int(),
        output_tokens: z.int(),
        cached_tokens: z.int().optional(),
        cost_usd: z.number().optional(),
      })
      .nullable()
      .meta({
        description:
          'What all its attempts have used, once it has ended; `cost_usd` where the configuration has prices. Null when no model was called.',
      }),
  })
  .meta({ id: 'Run', examples: [examples.run] });

/** Fields that were asked for. */
export const runFields = z
  .looseObject(run.partial().shape)
  .meta({ id: 'RunFields', examples: [examples.run] });
