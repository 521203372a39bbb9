/** The things of which the documentation's examples tell, so that they fit each other. */

const THREAD_ID = '0199d7a4-6c1e-7c3a-9f0e-2f6f3f1f8a11';
const RUN_ID = '0199d7a4-7b52-7d10-8a44-51a3c6a0c0de';
const QUESTION_ID = '0199d7a4-7b50-7aa1-b1f4-0c9b7c1d2e3f';
const ANSWER_ID = '0199d7a4-7f02-7b1c-8d2e-3f4a5b6c7d8e';

export const thread = {
  thread_id: THREAD_ID,
  created_at: '2026-11-26T09:30:00.000Z',
  updated_at: '2026-11-26T09:30:07.000Z',
  state_updated_at: '2026-11-26T09:30:07.000Z',
  metadata: { plan: 'gold', graph_id: 'support', assistant_id: 'support' },
  status: 'idle',
  values: { order: 4711 },
  interrupts: {},
  config: {},
  error: null,
  project_id: 'default',
  assistant_id: 'support',
  name: 'Where is order 4711?',
  origin: { platform: 'slack', tenant: 'T024BE7LD', channel: 'C024BE91L', thread: '1764149400.000200' },
  closed: null,
  expires_at: null,
} as const;

export const memory = {
  memory_id: '0199d7a4-8a11-7d3e-9b2c-5f6a7b8c9d0e',
  subject: 'slack:T024BE7LD:U024BE7LH',
  text: 'Prefers short answers.',
  source: { thread_id: THREAD_ID, message_id: QUESTION_ID },
  created_at: '2026-11-26T09:30:07.000Z',
  updated_at: '2026-11-26T09:30:07.000Z',
};

const question = { type: 'human', id: QUESTION_ID, content: 'Where is order 4711?', name: 'Ada' } as const;
const reply = { type: 'ai', id: ANSWER_ID, content: 'It left Cologne this morning.' } as const;

export const messages = [question, reply];

export const threadMessage = {
  ...question,
  seq: 1,
  created_at: '2026-11-26T09:30:01.000Z',
  run_id: null,
  author: { id: 'U024BE7LH', name: 'Ada', is_bot: false },
  attachments: [],
  edited_at: null,
  redacted_at: null,
} as const;

const checkpointOf = (step: string) => ({
  thread_id: THREAD_ID,
  checkpoint_ns: '',
  checkpoint_id: step,
  checkpoint_map: null,
});

export const checkpoint = checkpointOf('000000000002');

export const threadState = {
  values: { order: 4711, messages },
  next: [],
  tasks: [],
  metadata: { source: 'loop', step: 2, run_id: RUN_ID },
  created_at: '2026-11-26T09:30:07.000Z',
  checkpoint,
  parent_checkpoint: checkpointOf('000000000001'),
} as const;

export const run = {
  run_id: RUN_ID,
  thread_id: THREAD_ID,
  assistant_id: 'support',
  created_at: '2026-11-26T09:30:01.000Z',
  updated_at: '2026-11-26T09:30:07.000Z',
  status: 'success',
  metadata: {},
  kwargs: {},
  multitask_strategy: 'enqueue',
  error: null,
  usage: { input_tokens: 904, output_tokens: 183, cached_tokens: 512, cost_usd: 0.000_477 },
} as const;

export const runRecord = {
  run_id: RUN_ID,
  thread_id: THREAD_ID,
  assistant_id: 'support',
  assistant_version: '5f1d0c9a7b3e',
  steps: [
    {
      attempt: 1,
      model: 'openai/gpt-5',
      tools: ['search_knowledge'],
      usage: { input_tokens: 412, output_tokens: 37 },
      started_at: '2026-11-26T09:30:02.000Z',
      first_ms: 640,
      total_ms: 4870,
      prompt: {
        instructions: 'You answer questions about orders.',
        messages: [{ type: 'human', id: QUESTION_ID, content: 'Where is order 4711?' }],
      },
    },
  ],
} as const;

export const erasure = {
  person: 'slack:T024BE7LD:U024BE7LH',
  dry_run: false,
  erased: {
    threads: 3,
    messages: 41,
    answers: 38,
    decisions: 1,
    files: 2,
    memories: 4,
    kept_answers: 0,
    usage_rows: 6,
  },
  threads_left: 0,
} as const;

export const assistant = {
  assistant_id: 'support',
  graph_id: 'support',
  config: {},
  context: {},
  created_at: '2026-11-26T08:00:00.000Z',
  updated_at: '2026-11-26T08:00:00.000Z',
  metadata: {},
  version: 1,
  name: 'support',
  description: 'Answers questions about orders.',
} as const;
