import { z } from 'zod';
import * as examples from './examples.ts';

/** Longer than any platform's ids, and than the name of a program's user. */
const LONGEST_PERSON = 300;

export const erasureRequest = z
  .strictObject({
    person: z.string().min(1).max(LONGEST_PERSON).meta({
      description: '`slack:TEAM:USER`, `discord:GUILD:USER` or `api:NAME`.',
    }),
    dry_run: z.boolean().optional().meta({ description: 'Only count what would be erased.' }),
  })
  .meta({ id: 'ErasureRequest', example: { person: 'slack:T024BE7LD:U024BE7LH', dry_run: true } });

export const erasure = z
  .object({
    person: z.string(),
    dry_run: z.boolean(),
    erased: z.record(z.string(), z.int()).meta({ description: 'How much, by kind.' }),
    threads_left: z.int().meta({
      description:
        '0 when all is done. Else so many threads were still being answered in: send it again when they are not.',
    }),
  })
  .meta({ id: 'Erasure', examples: [examples.erasure] });
