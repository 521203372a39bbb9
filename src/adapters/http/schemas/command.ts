import { z } from 'zod';
import { decideCall } from './approval.ts';
import { absent, callId } from './json.ts';

const verdict = z.union([z.boolean(), z.enum(['approve', 'deny']), decideCall], {
  error: 'must be true, false, "approve", "deny", or {"approved": …, "note": …}',
});

/** Calls that one request decides: far more than a model asks for at once. */
const MOST_CALLS = 100;

const resume = z
  .union(
    [
      z.boolean(),
      z.enum(['approve', 'deny']),
      z
        .record(callId, verdict)
        .refine((byId) => Object.keys(byId).length > 0, 'must name a call')
        .refine(
          (byId) => Object.keys(byId).length <= MOST_CALLS,
          `must name at most ${MOST_CALLS} calls at once`,
        ),
    ],
    {
      error:
        'must be true, false, "approve" or "deny", or an object with one of these by the id of each call',
    },
  )
  .meta({
    description:
      'The decision: `true` or `"approve"`, `false` or `"deny"`, where one call waits; else by the id of each call, as the `interrupts` of the thread name it. Of an object, `note` is read by the model.',
    examples: [true, { call_1: true, call_2: { approved: false, note: 'Too much.' } }],
  });

/** Answers what a run asks people for, in place of input. */
export const command = z
  .strictObject({
    goto: absent('a run takes the steps of its workflow'),
    update: absent('change the state of the thread instead'),
    resume,
  })
  .meta({ id: 'Command', example: { resume: true } });

export type Resume = z.output<typeof resume>;
