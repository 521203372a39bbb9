import type { Check } from './eval-file.ts';
import type { Verdict } from './judge.ts';
import type { Answer } from './replay.ts';

/** The check in the words of the file. */
export function nameOf(check: Check): string {
  return Object.entries(check)
    .map(([kind, value]) => `${kind} ${value instanceof RegExp ? value.source : String(value)}`)
    .join(', ');
}

/** @param judged Asks a model; only called for rubrics. */
export async function checkAnswer(
  check: Check,
  answer: Answer,
  judged: (rubric: string) => Promise<Verdict>,
): Promise<Verdict> {
  if (answer.problem !== null) return { passed: false, why: answer.problem };
  if ('contains' in check) return holds(answer.text, check.contains, true);
  if ('not_contains' in check) return holds(answer.text, check.not_contains, false);
  if ('matches' in check) return { passed: check.matches.test(answer.text), why: beginning(answer.text) };
  if ('cites' in check) return holds(answer.text, check.cites, true);
  if ('judged' in check) return judged(check.judged);
  const called = answer.toolCalls.map(({ name }) => name);
  return { passed: called.includes(check.calls_tool), why: `It called ${called.join(', ') || 'no tool'}.` };
}

/** Case does not matter. */
function holds(text: string, part: string, wanted: boolean): Verdict {
  const isThere = text.toLowerCase().includes(part.toLowerCase());
  return { passed: isThere === wanted, why: beginning(text) };
}

function beginning(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line === '' ? 'It said nothing.' : `It said: ${line.length > 160 ? `${line.slice(0, 160)}…` : line}`;
}
