import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { type EvalFile, parseEvalFile } from '../../../../src/app/eval/eval-file.ts';
import { asJson, asTable, hasFailed } from '../../../../src/app/eval/eval-report.ts';
import { type EvalParts, runEval } from '../../../../src/app/eval/run-eval.ts';
import { createScriptedModel, type ScriptStep } from '../../../../src/assistant/scripted-model.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import type { Message } from '../../../../src/core/messages/message.ts';
import { plainPrompt } from '../../../../src/core/prompts/plain-prompt.ts';
import type { Assistant } from '../../../../src/workers/run/route-run.ts';
import { assistant as workflow } from '../../../../src/workflows/assistant/assistant.ts';

const text = (said: string): ScriptStep => ({ kind: 'text', text: said });
const modelSaying = (steps: ScriptStep[]) =>
  createScriptedModel({ delayMs: 0, steps }, 'support', systemClock);

function assistantSaying(version: string, steps: ScriptStep[]): Assistant {
  return {
    profile: { id: 'support', name: 'support', instructions: '', maxSteps: 8 },
    version,
    model: () => modelSaying(steps),
    prompt: plainPrompt,
    toolbox: () => ({
      list: async () => [{ name: 'look', description: 'Looks.', inputSchema: { type: 'object' } }],
      call: async () => ({ result: 'found', isError: false }),
    }),
  };
}

const recorded: Message[] = [];
const parts: EvalParts = {
  workflow,
  messages: { tail: async () => recorded },
  judgeModel: modelSaying([text('PASS: it names the deadline.')]),
  projectId: 'default',
  clock: systemClock,
  newId: randomUUID,
};

const FILE = `
cases:
  - name: refund
    turns:
      - user: How do I get a refund?
        checks:
          - contains: Within 30 days
          - not_contains: sorry
          - matches: '\\d+ days'
          - calls_tool: look
          - cites: faq.md
      - user: And then?
    checks:
      - judged: Names the deadline.
`;

const fileOf = (yaml: string): EvalFile => parseEvalFile(yaml, 'cases.yaml');
const look: ScriptStep = { kind: 'calls', calls: [{ name: 'look', args: {} }] };
const GOOD = [text('Let me see. '), look, text('Within 30 days, see faq.md.')];

test('an assistant is played the turns, and each kind of check is made', async () => {
  const [result] = await runEval(assistantSaying('a', GOOD), fileOf(FILE).cases, parts);

  expect(result?.checks.map(({ turn, check, passed }) => [turn, check, passed])).toEqual([
    [1, 'contains Within 30 days', true],
    [1, 'not_contains sorry', true],
    [1, 'matches \\d+ days', true],
    [1, 'calls_tool look', true],
    [1, 'cites faq.md', true],
    [2, 'judged Names the deadline.', true],
  ]);
  expect(result?.answers[0]?.text).toBe('Within 30 days, see faq.md.');
});

test('each kind of check fails where it should, and two versions stand side by side', async () => {
  const { cases } = fileOf(FILE);
  const good = {
    file: 'new',
    version: 'aaaaaaaaaaaa',
    cases: await runEval(assistantSaying('a', GOOD), cases, parts),
  };
  const judgeModel = modelSaying([text('FAIL, no deadline')]);
  const saysLess = await runEval(assistantSaying('b', [text('Sorry.')]), cases, { ...parts, judgeModel });
  const bad = { file: 'old', version: 'bbbbbbbbbbbb', cases: saysLess };

  expect(saysLess[0]?.checks.map(({ passed }) => passed)).toEqual(Array.from({ length: 6 }, () => false));
  expect([hasFailed(good), hasFailed(bad)]).toEqual([false, true]);
  const table = asTable([good, bad]);
  expect(table).toMatch(/CASE +TURN +CHECK +aaaaaaaaaaaa +bbbbbbbbbbbb\n/);
  expect(table).toMatch(/refund +1 +calls_tool look +pass +FAIL\n/);
  expect(table).toMatch(/checks passed +6\/6 +0\/6\n/);
  expect(table).toContain('It called no tool.');
  expect(JSON.parse(asJson('support', [good, bad]))).toMatchObject({
    passed: true,
    versions: [
      { version: 'aaaaaaaaaaaa', passed_checks: 6 },
      { version: 'bbbbbbbbbbbb', passed_checks: 0 },
    ],
  });
});

test('a recorded thread is asked again what people said in it', async () => {
  const said = (role: Message['role'], words: string, redactedAt: Date | null = null) =>
    ({ role, text: words, author: null, redactedAt }) as Message;
  recorded.push(
    said('human', 'one'),
    said('ai', 'old answer'),
    said('human', '', new Date()),
    said('human', 'two'),
  );
  const echo = createScriptedModel({ delayMs: 0, reply: 'On {{text}}', chunk: null }, 'support', systemClock);

  const yaml = 'cases: [{ name: replay, thread: t1, checks: [{ contains: On two }] }]';
  const [result] = await runEval(
    { ...assistantSaying('a', []), model: () => echo },
    fileOf(yaml).cases,
    parts,
  );

  expect(result?.answers.map((answer) => answer.text)).toEqual(['On one', 'On two']);
  expect(result?.checks).toMatchObject([{ turn: 2, passed: true }]);
});

test('an answer that fails fails its case, with the reason', async () => {
  const away: ScriptStep = { kind: 'error', message: 'The model is away.', retryable: false };
  const [result] = await runEval(
    assistantSaying('a', [away]),
    fileOf('cases: [{ name: x, turns: [{ user: hello }] }]').cases,
    parts,
  );
  expect(result?.checks).toEqual([{ turn: 1, check: 'answers', passed: false, why: 'The model is away.' }]);
});

test('faults of a file are told with line and column', () => {
  const read = () => fileOf('cases:\n  - name: x\n    turns:\n      - user: 1\n    cheks: []\n  - name: y\n');
  expect(read).toThrow(/cases\.yaml:4:15 cases\[0\]\.turns\[0\]\.user: must be text/);
  expect(read).toThrow(/cases\.yaml:5:5 cases\[0\]\.cheks: is not known here\. Did you mean "checks"\?/);
  expect(read).toThrow(/cases\.yaml:6:5 cases\[1\]: takes exactly one of thread, turns/);
});
