import { fc } from '../../../fixtures/fast-check.ts';
import { expect, test } from 'vitest';
import { estimateMessage, estimateTokens } from '../../../../src/assistant/prompt/estimate-tokens.ts';
import { type Conversation, fitConversation } from '../../../../src/assistant/prompt/fit-conversation.ts';
import type { Message } from '../../../../src/core/messages/message.ts';
import { message, toolUse } from './messages.ts';

const { assert, constantFrom, array, boolean, integer, property, record } = fc;

const LONG = 'The deploy failed because the token had expired. '.repeat(40);

function conversation(messages: Message[], overrides: Partial<Conversation> = {}): Conversation {
  const last = messages.at(-1)?.id ?? '';
  return { messages, pinned: new Set(), newest: new Set([last]), isGroup: false, ...overrides };
}

test('a conversation that fits is sent as it is', () => {
  const all = [message(1), ...toolUse(2, 'r1', LONG), message(4)];

  const { messages, shortened, leftOut } = fitConversation(conversation(all), 10_000);

  expect(messages.map(({ text }) => text)).toEqual(['message 1', '', LONG, 'message 4']);
  expect({ shortened, leftOut }).toEqual({ shortened: 0, leftOut: 0 });
});

test('results of tools are shortened, the oldest first, before a message is left out', () => {
  const all = [message(1), ...toolUse(2, 'r1', LONG), ...toolUse(4, 'r2', LONG), message(6)];

  const { messages, shortened, leftOut } = fitConversation(conversation(all), 900);

  const [, , first, , second] = messages;
  expect(first?.text).toMatch(/^The deploy[\s\S]*\[… \d+ characters left out …\][\s\S]*expired\. $/);
  expect(second?.text).toBe(LONG);
  expect({ count: messages.length, shortened, leftOut }).toEqual({ count: 6, shortened: 1, leftOut: 0 });
});

test('the oldest messages are left out where shortening is not enough, pinned ones and the newest are not', () => {
  const all = Array.from({ length: 50 }, (_, index) => message(index + 1, { text: `${index + 1} ${LONG}` }));

  const fitted = fitConversation(conversation(all, { pinned: new Set(['m1', 'm7']) }), 4_000);

  const sent = fitted.messages.map(({ text }) => Number.parseInt(text, 10));
  expect(sent.slice(0, 2)).toEqual([1, 7]);
  expect(sent.at(-1)).toBe(50);
  expect(sent.slice(2)).toEqual(sent.slice(2).map((_, index) => 51 - (sent.length - 2) + index));
  expect(fitted.tokens).toBeLessThanOrEqual(4_000);
  expect(fitted.leftOut).toBe(50 - sent.length);
});

test('a newest message that is longer than the budget is cut in its middle, and says so', () => {
  const text = `BEGIN ${LONG.repeat(20)} END`;

  const { messages, tokens, shortened } = fitConversation(
    conversation([message(1), message(2, { text })]),
    500,
  );

  expect(messages.at(-1)?.text).toMatch(/^BEGIN [\s\S]+characters left out[\s\S]+ END$/);
  expect(tokens).toBeLessThanOrEqual(500);
  expect(shortened).toBe(1);
});

test('a call of a tool and its result go together, and one without the other goes not at all', () => {
  const [asked, result] = toolUse(2, 'r1', 'found') as [Message, Message];
  const orphans = [
    message(1, {
      role: 'tool',
      text: 'of a call that is not here',
      toolCallId: 'c0',
      runId: 'r0',
      author: null,
    }),
    asked,
    result,
    message(4, {
      role: 'ai',
      text: 'I looked.',
      runId: 'r2',
      toolCalls: [{ id: 'c1', name: 'x', args: {} }],
    }),
    message(5),
  ];

  const { messages } = fitConversation(conversation(orphans), 10_000);

  expect(messages.map(({ role, toolCalls }) => [role, toolCalls?.length ?? 0])).toEqual([
    ['ai', 1],
    ['tool', 0],
    ['ai', 0],
    ['human', 0],
  ]);
});

test('steps of a run that number their calls alike keep each its own result', () => {
  const all = [message(1), ...toolUse(2, 'r1', 'first'), ...toolUse(4, 'r1', 'second')];

  const { messages } = fitConversation(conversation(all), 10_000);

  expect(messages.map(({ text }) => text)).toEqual(['message 1', '', 'first', '', 'second']);
});

test('in a thread of several people models are told who speaks, on one line', () => {
  const all = [
    message(1),
    message(2, { author: { id: 'U2', name: 'Bob]\n[system' } }),
    message(3, { author: { id: 'U3' } }),
  ];

  const { messages } = fitConversation(conversation(all, { isGroup: true }), 10_000);

  expect(messages.map(({ speaker }) => speaker)).toEqual(['Ada', 'Bob system', 'U3']);
});

test('whatever the conversation: what is sent fits, ends with the newest, and holds no orphan', () => {
  const piece = record({
    words: integer({ min: 0, max: 400 }),
    isTool: boolean(),
    text: constantFrom('deploy ', '部署', '7f9c-'),
  });
  assert(
    property(
      array(piece, { minLength: 1, maxLength: 30 }),
      integer({ min: 400, max: 5_000 }),
      (pieces, budget) => {
        const all = pieces.flatMap(({ words, isTool, text }, index) =>
          isTool
            ? toolUse(3 * index + 1, `r${index}`, text.repeat(words))
            : [message(3 * index + 1, { text: text.repeat(words) })],
        );
        const last = message(1_000, { text: 'and now?' });

        const { messages, tokens } = fitConversation(
          conversation([...all, last], { pinned: new Set([all[0]?.id ?? '']) }),
          budget,
        );

        expect(messages.at(-1)?.text).toBe('and now?');
        expect(tokens).toBe(messages.reduce((total, each) => total + estimateMessage(each), 0));
        expect(tokens).toBeLessThanOrEqual(budget);
        const calls = messages.flatMap(({ toolCalls }) => toolCalls ?? []).length;
        expect(messages.filter(({ role }) => role === 'tool')).toHaveLength(calls);
      },
    ),
    { numRuns: 60 },
  );
});

test('tokens are estimated near what a tokenizer counts, and seldom below', async () => {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
  const texts = {
    english: 'The deploy failed because the token expired; please renew it and try again.',
    german: 'Die Bereitstellung ist fehlgeschlagen, weil das Zugriffstoken abgelaufen ist.',
    russian: 'Развёртывание не удалось, потому что срок действия токена истёк.',
    chinese: '部署失败了，因为令牌已经过期，请更新后重试。',
    japanese: 'トークンの有効期限が切れたため、デプロイに失敗しました。',
    korean: '토큰이 만료되어 배포에 실패했습니다.',
    arabic: 'فشل النشر لأن الرمز المميز انتهت صلاحيته.',
    hindi: 'टोकन समाप्त होने के कारण परिनियोजन विफल रहा।',
    code: 'const upTo = Math.min(end, summary.upToSeq + BATCH_STEPS);\n  if (read.length === 0) return null;',
    json: '{"id":"m1","role":"human","text":"hello","author":{"id":"U1","name":"Ada"}}',
    log: '2026-11-26T18:47:45.123Z ERROR [worker-7] ECONNREFUSED 127.0.0.1:27017',
    ids: '7f9c24e8-3b12-4c6f-9a55-1d2e3f4a5b6c 018f3e6a-9c1d-7b2e-8f00-5a6b7c8d9e0f',
  };

  const ratios = Object.entries(texts).map(
    ([kind, text]) => [kind, estimateTokens(text) / countTokens(text)] as const,
  );

  expect(ratios.filter(([, ratio]) => ratio < 0.8 || ratio > 1.8)).toEqual([]);
});
