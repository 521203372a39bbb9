import type { Message } from '../../../../src/core/messages/message.ts';

/** A message of a thread; what is not said is as a person would have written it. */
export function message(seq: number, overrides: Partial<Message> = {}): Message {
  return {
    id: `m${seq}`,
    threadId: 't1',
    seq,
    role: 'human',
    text: `message ${seq}`,
    author: { id: 'U1', name: 'Ada' },
    attachments: [],
    toolCalls: [],
    toolCallId: null,
    sourceId: null,
    runId: null,
    revisions: [],
    redactedAt: null,
    createdAt: new Date(0),
    ...overrides,
  };
}

/** What a run said: a call of a tool, and its result. */
export function toolUse(seq: number, runId: string, result: string, callId = 'c1'): Message[] {
  const said = { author: null, runId };
  return [
    message(seq, {
      ...said,
      role: 'ai',
      text: '',
      toolCalls: [{ id: callId, name: 'search_knowledge', args: { query: 'deploy' } }],
    }),
    message(seq + 1, { ...said, role: 'tool', text: result, toolCallId: callId }),
  ];
}
