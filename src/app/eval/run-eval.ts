import type { Clock, NewId } from '../../core/clock.ts';
import { ThreadrelayError } from '../../core/errors.ts';
import type { MessageStore, Model } from '../../core/ports.ts';
import type { Workflow } from '../../core/workflows/workflow.ts';
import type { Assistant } from '../../workers/run/route-run.ts';
import { checkAnswer, nameOf } from './check-answer.ts';
import type { Check, EvalCase, EvalTurn } from './eval-file.ts';
import { judge, type Verdict } from './judge.ts';
import { type Answer, replay } from './replay.ts';

export type CheckResult = Verdict & { turn: number; check: string };

/** How one version of an assistant did in one case. */
export type CaseResult = {
  name: string;
  answers: Answer[];
  checks: CheckResult[];
};

export type EvalParts = {
  workflow: Workflow;
  messages: Pick<MessageStore, 'tail'>;
  /** Judges by rubrics. */
  judgeModel: Model;
  projectId: string;
  clock: Clock;
  newId: NewId;
};

/** Cases under way at once: they wait for models. */
const CASES_AT_ONCE = 4;
/** People's messages of a recorded thread that are asked again, the newest. */
const MOST_TURNS = 200;

/** Plays all cases to one version of an assistant; answers the results in their order. @throws ThreadrelayError */
export async function runEval(
  assistant: Assistant,
  cases: readonly EvalCase[],
  parts: EvalParts,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  let next = 0;
  const lanes = Array.from({ length: CASES_AT_ONCE }, async () => {
    for (let index = next++; index < cases.length; index = next++) {
      const each = cases[index];
      if (each !== undefined) results[index] = await runCase(assistant, each, parts);
    }
  });
  await Promise.all(lanes);
  return results;
}

async function runCase(assistant: Assistant, evalCase: EvalCase, parts: EvalParts): Promise<CaseResult> {
  const turns = evalCase.thread === undefined ? evalCase.turns : await recorded(evalCase.thread, parts);
  const answers: Answer[] = [];
  const checks: CheckResult[] = [];
  for await (const answer of replay(assistant, turns, parts)) {
    answers.push(answer);
    const turn = answers.length;
    const own = turns[turn - 1];
    const wanted: readonly Check[] = [
      ...(own?.checks ?? []),
      ...(turn === turns.length ? evalCase.checks : []),
    ];
    for (const check of wanted) {
      const judged = (rubric: string) =>
        judge(parts.judgeModel, { question: own?.user ?? '', answer, rubric });
      checks.push({ turn, check: nameOf(check), ...(await checkAnswer(check, answer, judged)) });
    }
    // An answer that failed fails its case, also where nothing is checked.
    if (wanted.length === 0 && answer.problem !== null) {
      checks.push({ turn, check: 'answers', passed: false, why: answer.problem });
    }
  }
  return { name: evalCase.name, answers, checks };
}

/** What people said in a recorded thread. */
async function recorded(threadId: string, { messages }: EvalParts): Promise<EvalTurn[]> {
  const said = await messages.tail(threadId, MOST_TURNS);
  const turns = said
    .filter(({ role, redactedAt }) => role === 'human' && redactedAt === null)
    .map(({ text, author }) => ({ user: text, author: author?.name ?? 'Tester', checks: [] }));
  if (turns.length > 0) return turns;
  throw new ThreadrelayError(
    'invalid_input',
    `There is no thread "${threadId}" with messages of people. "GET /threads/" lists the threads of a project.`,
  );
}
