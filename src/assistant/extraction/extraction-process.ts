import { z } from 'zod';
import { serveTasks } from '../process-pool/serve-tasks.ts';
import { extractText } from './extract-text.ts';

const Task = z.object({
  bytes: z.instanceof(Uint8Array),
  name: z.string(),
  mediaType: z.string().nullable(),
});

/** Runs as a process of its own: what it reads may block it, or take all its memory. */
serveTasks(async (task) => extractText(Task.parse(task)));
