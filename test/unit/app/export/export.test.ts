import { expect, test } from 'vitest';
import { type ExportParts, exportThreads } from '../../../../src/app/export/export-threads.ts';
import type { Message } from '../../../../src/core/messages/message.ts';
import type { Thread } from '../../../../src/core/threads/thread.ts';

const ADA = { id: 'U024BE7LH', name: 'Ada Lovelace' };
const BOB = { id: 'U024BOB00', name: 'Bob' };

function said(role: Message['role'], text: string, more: Partial<Message> = {}): Message {
  const none = { author: null, attachments: [], toolCalls: [], toolCallId: null, redactedAt: null };
  return { ...none, role, text, ...more } as Message;
}

/** Threads of one page, each with its messages. */
function partsOf(threads: Message[][]): ExportParts {
  const list = threads.map(
    (messages, index) =>
      ({
        id: String(index),
        assistantId: 'support',
        lastSeq: messages.length,
        updatedAt: new Date(),
      }) as Thread,
  );
  return {
    directory: { page: async () => list },
    messages: { between: async (id) => threads[Number(id)] ?? [] },
    instructionsOf: () => 'Be kind to Bob.',
  };
}

async function exported(threads: Message[][], withPeople = false) {
  const lines: string[] = [];
  for await (const line of exportThreads('default', { withPeople }, partsOf(threads))) lines.push(line);
  expect(lines.every((line) => line.endsWith('}\n'))).toBe(true);
  return lines.map((line) => JSON.parse(line).messages);
}

const call = { id: 'call-1', name: 'find', args: { who: 'Ada Lovelace', tags: ['x'] } };
const THREAD = [
  said('human', 'Ask <@U024BE7LH>, or Ada Lovelace, not Adamant.', { author: BOB }),
  said('ai', '', { toolCalls: [call] }),
  said('tool', '{"found":"U024BE7LH"}', { toolCallId: 'call-1' }),
  said('ai', 'Bob, I asked Ada Lovelace.'),
  said('human', 'Thanks', { author: ADA }),
];

test('a thread becomes an example with tool calls, and ends with what the assistant said last', async () => {
  expect(await exported([THREAD], true)).toEqual([
    [
      { role: 'system', content: 'Be kind to Bob.' },
      { role: 'user', content: THREAD[0]?.text, name: 'Bob' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            id: 'call-1',
            type: 'function',
            function: { name: 'find', arguments: JSON.stringify(call.args) },
          },
        ],
      },
      { role: 'tool', content: '{"found":"U024BE7LH"}', tool_call_id: 'call-1' },
      { role: 'assistant', content: 'Bob, I asked Ada Lovelace.' },
    ],
  ]);
});

test('people are masked alike wherever they are named, over threads', async () => {
  const other = [said('human', 'It is Ada Lovelace.', { author: ADA }), said('ai', 'Hello @Ada Lovelace!')];
  const [first, second] = await exported([THREAD, other]);

  expect(first[1]).toEqual({
    role: 'user',
    content: 'Ask <@person_2>, or person_2, not Adamant.',
    name: 'person_1',
  });
  expect(first[2].tool_calls[0].function.arguments).toBe('{"who":"person_2","tags":["x"]}');
  expect(first[3].content).toBe('{"found":"person_2"}');
  expect(second.slice(1)).toEqual([
    { role: 'user', content: 'It is person_2.', name: 'person_2' },
    { role: 'assistant', content: 'Hello @person_2!' },
  ]);
  expect(JSON.stringify([first, second])).not.toMatch(/Ada L|Bob|U024/);
});

test('a name is masked also where it stands before its person has written anything', async () => {
  const named = [said('human', 'Where is Ada Lovelace?', { author: BOB }), said('ai', 'Away.')];
  const written = [said('human', 'Here.', { author: ADA }), said('ai', 'Hello!')];
  const lines = await exported([named, written]);
  expect(JSON.stringify(lines)).not.toContain('Ada');
  expect(lines[0]?.[1].content).toBe('Where is person_2?');
});

test('what was redacted is left out, and so is what nobody answered', async () => {
  const gone = { redactedAt: new Date(), toolCalls: [] };
  const redacted = [
    said('human', 'hello', { author: BOB }),
    said('ai', '', gone),
    said('tool', 'secret', { toolCallId: 'call-1' }),
    said('ai', 'Hello.'),
  ];
  expect(await exported([redacted, [said('human', 'anybody?', { author: BOB })], []])).toEqual([
    [
      { role: 'system', content: 'Be kind to person_1.' },
      { role: 'user', content: 'hello', name: 'person_1' },
      { role: 'assistant', content: 'Hello.' },
    ],
  ]);
});
