import { z } from 'zod';
import { MOST_MEMORY_CHARACTERS } from '../../../core/memory/memory.ts';
import * as examples from './examples.ts';
import { pathId, time } from './json.ts';

/** Longest subject: a project's own name for a person, with its prefix. */
const MOST_SUBJECT_CHARACTERS = 300;

const subject = z
  .string()
  .min(1)
  .max(MOST_SUBJECT_CHARACTERS)
  .meta({
    description:
      'Whom the facts are about: a person as `slack:TEAM:USER`, `discord:GUILD:USER` or `api:NAME`, or all people of a team as `team:slack:TEAM` or `team:discord:GUILD`.',
    examples: ['slack:T024BE7LD:U024BE7LH'],
  });

const text = z
  .string()
  .min(1)
  .max(MOST_MEMORY_CHARACTERS)
  .meta({ description: 'The fact, in one sentence.', examples: ['Prefers short answers.'] });

export const memory = z
  .object({
    memory_id: z.string(),
    subject,
    text,
    source: z.object({ thread_id: z.string(), message_id: z.string() }).nullable().meta({
      description: 'The message that it was learnt from; null when it was written or corrected since.',
    }),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'Memory', examples: [examples.memory] });

export const memoryParams = z.object({ memory_id: pathId.meta({ description: 'Id of the fact.' }) });
export const subjectQuery = z.strictObject({ subject });
export const newMemory = z
  .strictObject({ subject, text })
  .meta({ id: 'NewMemory', examples: [{ subject: examples.memory.subject, text: examples.memory.text }] });
export const patchMemory = z
  .strictObject({ text })
  .meta({ id: 'PatchMemory', examples: [{ text: 'Prefers long answers.' }] });
export const erased = z
  .object({ erased: z.int().meta({ description: 'Facts that were erased.' }) })
  .meta({ id: 'Erased', examples: [{ erased: 3 }] });
