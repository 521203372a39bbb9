import { z } from 'zod';
import { callId, runId, threadId } from './json.ts';

/** Of a POST that needs none. */
export const noBody = z.strictObject({}).prefault({}).meta({ id: 'NoBody', example: {} });

export const threadParams = z.object({ thread_id: threadId });

export const runParams = z.object({ thread_id: threadId, run_id: runId });

export const callParams = runParams.extend({ call_id: callId });

/** Of a POST that creates. Other headers are not looked at. */
export const creationHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters without spaces')
    .optional()
    .meta({
      description: 'The same key and body get the same answer for 24 hours, and nothing is made twice.',
      examples: ['8f0c3a52-order-4711'],
    }),
});
