import { z } from 'zod';
import * as examples from './examples.ts';
import { assistantId, jsonObject, time } from './json.ts';

const recordedMessage = z.object({
  type: z.enum(['human', 'ai', 'tool', 'system']),
  id: z.string().nullable().meta({
    description:
      'Id of the message of the thread that was sent as it is; null for what was made for the model.',
  }),
  content: z.string().nullable().meta({
    description:
      'What was sent; of a message of the thread, what it says now. Null when it was erased since.',
  }),
  tool_calls: z.array(z.object({ id: z.string(), name: z.string(), args: jsonObject })).optional(),
  tool_call_id: z.string().optional(),
});

const recordedStep = z.object({
  attempt: z.int().meta({ description: 'The attempt of the run that made the call, from 1.' }),
  model: z.string().nullable().meta({ description: 'The model that answered, where it told.' }),
  tools: z.array(z.string()).meta({ description: 'The tools that it was offered.' }),
  usage: z.object({ input_tokens: z.int(), output_tokens: z.int() }).nullable(),
  started_at: time,
  first_ms: z.number().nullable().meta({
    description: 'Milliseconds until the first text or tool call; null when there was none.',
  }),
  total_ms: z.number(),
  prompt: z.object({
    instructions: z.string().meta({
      description: "The assistant's own, followed by what was added to them unless that was erased since.",
    }),
    messages: z.array(recordedMessage),
    fitting: z
      .object({
        budget_tokens: z.number(),
        tokens: z.number(),
        shortened: z.int(),
        left_out: z.int(),
        summary_up_to_seq: z.int().nullable(),
      })
      .optional()
      .meta({
        description:
          'How the conversation was made to fit, in estimated tokens: messages that were cut or left out, and up to which step a summary stands for them.',
      }),
  }),
});

export const runRecord = z
  .object({
    run_id: z.string(),
    thread_id: z.string(),
    assistant_id: assistantId,
    assistant_version: z.string().nullable().meta({
      description: 'Tells configurations apart that answer differently; null where nothing is kept.',
    }),
    steps: z
      .array(recordedStep)
      .meta({ description: 'Calls of models by all attempts of the run; none where nothing is kept of it.' }),
  })
  .meta({ id: 'RunRecord', examples: [examples.runRecord] });
