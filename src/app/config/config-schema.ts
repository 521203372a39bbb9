import { z } from 'zod';
import { approvalSchema } from './approval-schema.ts';
import { EXTRACT_FIELDS } from '../../core/routing/extract.ts';
import { MAX_PATTERN_LENGTH } from '../../core/routing/safe-regex.ts';
import { MULTITASK_STRATEGIES } from '../../core/runs/run.ts';
import { TIMINGS } from '../../core/timings.ts';
import { budgetsSchema, pricesSchema } from './budgets-schema.ts';
import { knowledgeNames, knowledgeSchema } from './knowledge-schema.ts';
import { discordSchema, slackSchema } from './listening-schema.ts';
import { modelSchema } from './model-schema.ts';
import { name, reference } from './name-schema.ts';
import { retentionSchema } from './retention-schema.ts';
import { metadataKeys, toolNames, toolsSchema } from './tools-schema.ts';
import { providerSchema } from './providers-schema.ts';

const project = z.strictObject({
  description: z.string().optional().describe('For people.'),
  budgets: budgetsSchema.optional(),
  retention: retentionSchema
    .optional()
    .describe('How long it keeps what people and models said, in days. Left out: for ever.'),
});

/** A question that needs more calls than this is seldom answered by even more; each costs. */
const DEFAULT_MAX_STEPS = 8;

const assistant = z.strictObject({
  description: z.string().optional().describe('For people.'),
  instructions: z.string().default('').describe('The system prompt of the model.'),
  model: modelSchema.describe('What makes the answers.'),
  max_steps: z
    .int()
    .min(1)
    .max(50)
    .default(DEFAULT_MAX_STEPS)
    .describe('Calls of the model in one run. In the last one it gets no tools, so that it answers.'),
  knowledge: knowledgeNames,
  tools: toolNames,
  approval: approvalSchema,
  metadata_keys: metadataKeys,
  files: z
    .boolean()
    .default(true)
    .describe('Whether files that people attach are fetched, read and kept with their thread.'),
  memory: z
    .boolean()
    .default(false)
    .describe(
      'Whether facts about the people who ask are kept and told in their later threads; the assistant gets the tools `remember` and `recall`.',
    ),
  multitask: z
    .enum(MULTITASK_STRATEGIES)
    .default('enqueue')
    .describe(
      'What a new message does while a run is active: `enqueue` waits, `collect` makes one run of a burst, `interrupt` stops the run and keeps what it said, `rollback` stops and forgets it, `reject` refuses the message.',
    ),
});

const extractRule = z.strictObject({
  from: z.enum(EXTRACT_FIELDS).describe('The text to read.'),
  pattern: z
    .string()
    .min(1)
    .max(MAX_PATTERN_LENGTH)
    .describe('A regular expression (RE2) with named groups, as `(?<ticket_id>TICKET-\\d+)`.'),
  options: z
    .string()
    .optional()
    .describe('`i` any case, `m` `^` and `$` at each line, `s` `.` takes line ends.'),
  to: z
    .record(z.string().min(1).max(100), z.string().max(200))
    .optional()
    .describe(
      'Metadata key → template, as `ticket_id: $ticket_id`. Left out: each group under its own name.',
    ),
});

const priority = z.enum(['low', 'normal', 'high', 'urgent']);

const route = z.strictObject({
  name: name.describe('The name by which runs tell which rule they took.'),
  when: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("A predicate in MongoDB's query words (see below). Left out: every message."),
  to: z
    .strictObject({
      workflow: reference.optional().describe('The workflow that the run takes. Left out: `assistant`.'),
      assistant: reference.optional().describe("The assistant that answers, instead of the channel's."),
      priority: priority.optional().describe('How urgently the run is taken up.'),
      metadata: z.record(z.string(), z.unknown()).optional().describe('Set on the thread.'),
    })
    .describe('Where the run goes.'),
});

/** Nobody reads answers faster, and a loop of two bots or a stuck key does not cost more. */
const DEFAULT_RUNS_PER_USER = 20;

const limits = z.strictObject({
  attempts: z
    .int()
    .min(1)
    .max(10)
    .default(TIMINGS.maxAttempts)
    .describe('Attempts of a run before it fails for good.'),
  max_message_characters: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(40_000)
    .describe('Longer messages of people are cut for the model. Slack cuts its own at 40,000.'),
  runs_per_user_per_minute: z
    .int()
    .min(0)
    .max(100_000)
    .default(DEFAULT_RUNS_PER_USER)
    .describe(
      'Messages of one person on a platform that set off runs in any minute; what is beyond it is kept, and not answered. 0: as many as one likes.',
    ),
});

/** The configuration file. Everything may be left out. */
export const configSchema = z
  .strictObject({
    projects: z
      .record(name, project.nullable())
      .default({ default: {} })
      .describe('Projects by name. Each owns its threads; nothing crosses projects.'),
    assistants: z
      .record(name, assistant)
      .default({
        echo: {
          instructions: '',
          multitask: 'enqueue',
          max_steps: DEFAULT_MAX_STEPS,
          knowledge: [],
          tools: [],
          approval: {},
          metadata_keys: [],
          files: true,
          memory: false,
          model: {
            provider: 'scripted',
            reply: 'No assistant is configured yet, so this is only an echo:\n\n> {{text}}',
            delay_ms: 15,
          },
        },
      })
      .describe('Assistants by name. Left out: one that echoes.'),
    providers: z
      .record(name, providerSchema.nullable())
      .default({})
      .describe('Where models are reached, by the name that stands before the `/` of a model.'),
    knowledge: knowledgeSchema.prefault({}).describe('How knowledge is searched.'),
    tools: toolsSchema.prefault({}).describe('Tools from outside, which assistants may use.'),
    slack: slackSchema.default({}).describe('Where the bot listens in Slack.'),
    discord: discordSchema.default({}).describe('Where the bot listens in Discord.'),
    extract: z
      .array(extractRule)
      .default([])
      .describe("What is taken from a thread's first message into its metadata."),
    routes: z.array(route).default([]).describe('Rules that choose where a run goes; the first match wins.'),
    limits: limits.prefault({}).describe('Bounds.'),
    prices: pricesSchema,
  })
  .meta({ title: 'threadrelay configuration' });

export type ConfigDocument = z.infer<typeof configSchema>;
