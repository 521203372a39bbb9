import { z } from 'zod';
import { APPROVAL_HOURS, type ApprovalNeed } from '../../core/approval/approval.ts';

/** A month: whoever has not decided by then never will. */
const MOST_HOURS = 720;
/** Platforms' ids have about 20 characters. */
const MOST_ID_CHARACTERS = 100;
/** Whoever is more than these has a role. */
const MOST_APPROVERS = 100;

const need = z.strictObject({
  by: z
    .array(z.string().min(1).max(MOST_ID_CHARACTERS))
    .min(1)
    .max(MOST_APPROVERS)
    .optional()
    .describe(
      'Ids of the people who may decide, or of Discord roles. Left out: the person who asked, and nobody else.',
    ),
  hours: z
    .number()
    .positive()
    .max(MOST_HOURS)
    .default(APPROVAL_HOURS)
    .describe('How long is waited; then it counts as denied.'),
});

/** Which of an assistant's tools people must approve. */
export const approvalSchema = z
  .record(z.string(), z.union([z.literal(true), need]))
  .default({})
  .describe(
    'Entries of `tools` that people must approve before each call: `true`, or who may and for how long.',
  );

export type ApprovalDocument = z.infer<typeof approvalSchema>;

/** By the name under which the assistant has the tool. */
export function toApprovals(document: ApprovalDocument): ReadonlyMap<string, ApprovalNeed> {
  return new Map(
    Object.entries(document).map(([name, given]) => [
      name,
      given === true ? { by: null, hours: APPROVAL_HOURS } : { by: given.by ?? null, hours: given.hours },
    ]),
  );
}
