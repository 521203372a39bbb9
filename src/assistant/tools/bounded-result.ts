import { toolResultText } from '../../core/messages/tool-result-text.ts';

/** Of what a tool gave, in UTF-16 units: some ten pages, which a model reads in one step, and a message may hold. */
const MAX_RESULT_CHARACTERS = 40_000;
/** Levels of arrays and objects; what is deeper is told as text. Well below what the store takes. */
const MAX_RESULT_LEVELS = 20;

/**
 * What a tool gave, fit to be kept and told: plain JSON, without secrets, and no longer than the bound. What is too long or
 * no JSON becomes text, cut with a note.
 */
export function boundedResult(given: unknown, withoutSecrets: (text: string) => string): { result: unknown } {
  const text = withoutSecrets(textOf(given));
  if (text.length > MAX_RESULT_CHARACTERS) return { result: cut(text) };
  if (typeof given === 'string') return { result: text };
  const result = plainJson(text);
  return { result: levelsOf(result) > MAX_RESULT_LEVELS ? text : result };
}

function textOf(given: unknown): string {
  try {
    return given === undefined ? 'null' : toolResultText(given);
  } catch {
    return 'The result cannot be told: it is no JSON.';
  }
}

/** Blotting may have taken a quotation mark with it; then it is text. */
function plainJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function cut(text: string): string {
  // Not between the halves of a character.
  const isTorn = (text.charCodeAt(MAX_RESULT_CHARACTERS - 1) & 0xfc_00) === 0xd8_00;
  const end = isTorn ? MAX_RESULT_CHARACTERS - 1 : MAX_RESULT_CHARACTERS;
  const left = (text.length - end).toLocaleString('en');
  return `${text.slice(0, end)}\n[cut here: ${left} more characters]`;
}

function levelsOf(value: unknown): number {
  if (value === null || typeof value !== 'object') return 0;
  return 1 + Object.values(value).reduce((most: number, each) => Math.max(most, levelsOf(each)), 0);
}
