import { z } from 'zod';
import { maybe } from './json.ts';

/** A sentence or two; models read it. */
const MOST_NOTE_CHARACTERS = 1_000;

export const decideCall = z
  .strictObject({
    approved: z.boolean().meta({ description: 'Whether the call may be made.' }),
    note: maybe(z.string().min(1).max(MOST_NOTE_CHARACTERS)).meta({
      description: 'Why not, for the model to read.',
    }),
  })
  .meta({ id: 'DecideCall', example: { approved: true } });

/** Calls that a run waits for, by the id of the run, as the SDK reads them. */
export const interrupts = z
  .record(
    z.string(),
    z.array(
      z.object({
        id: z.string(),
        value: z.object({
          type: z.literal('approval'),
          tool: z.string(),
          args: z.record(z.string(), z.unknown()),
          approvers: z.array(z.string()).nullable(),
          expires_at: z.string(),
        }),
      }),
    ),
  )
  .meta({
    description: 'Calls of tools that people are to approve, by the id of the run that waits for them.',
  });
