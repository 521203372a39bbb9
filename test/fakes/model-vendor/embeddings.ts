import { createHash } from 'node:crypto';
import type { Refuses } from './answer.ts';

/** Lengths of the vectors of each model that there is. */
const LENGTHS: Readonly<Record<string, number>> = { 'embed-small': 256, 'embed-large': 384 };

/** OpenAI's bounds on one request: how many texts, and the tokens of each and of all. */
const MOST_TEXTS = 2_048;
const MOST_TOKENS_OF_A_TEXT = 8_192;
const MOST_TOKENS = 300_000;
/** Of English text; what a real tokenizer finds in it is about as much. */
const BYTES_A_TOKEN = 4;

/** Words that mean the same, as far as this vendor knows: their vectors are the same. */
const SYNONYMS: readonly (readonly string[])[] = [
  ['refund', 'reimbursement', 'repayment'],
  ['automobile', 'car', 'vehicle'],
  ['physician', 'doctor', 'medic'],
];

export type Embedded = { vectors: number[][]; tokens: number };

/** OpenAI's embeddings, `POST /v1/embeddings`: vectors of the words of each text, or why there are none. */
export function embed({
  model,
  input,
  encoding_format: format,
}: Record<string, unknown>): Embedded | Refuses {
  const length = LENGTHS[String(model)];
  if (typeof model !== 'string' || length === undefined) {
    return { ...refusal(404, `The model \`${String(model)}\` does not exist`), code: 'model_not_found' };
  }
  const texts: unknown[] = Array.isArray(input) ? input : [input];
  if (texts.length === 0 || texts.length > MOST_TEXTS) {
    return refusal(400, `'input' must have 1 to ${MOST_TEXTS} items`);
  }
  if (format !== 'float') return refusal(400, 'this vendor encodes as float alone');
  const tokens: number[] = [];
  for (const text of texts) {
    if (typeof text !== 'string' || text === '') return refusal(400, "'$.input' is invalid");
    tokens.push(Math.ceil(Buffer.byteLength(text) / BYTES_A_TOKEN));
  }
  if (tokens.some((count) => count > MOST_TOKENS_OF_A_TEXT)) {
    return refusal(400, `This model's maximum context length is ${MOST_TOKENS_OF_A_TEXT} tokens`);
  }
  const sum = tokens.reduce((total, count) => total + count, 0);
  if (sum > MOST_TOKENS) {
    return refusal(400, `Requested ${sum} tokens, max ${MOST_TOKENS} tokens per request`);
  }
  return { vectors: texts.map((text) => vectorOf(model, length, String(text))), tokens: sum };
}

function refusal(status: number, message: string): Refuses {
  return { kind: 'refuses', status, code: 'invalid_request_error', message };
}

/** The sum of a direction for each word, or for what it means; the same texts have the same vector. */
function vectorOf(model: string, length: number, text: string): number[] {
  const counts = new Map<string, number>();
  for (const word of text.toLowerCase().match(/[a-z]{3,}/g) ?? []) {
    const meaning = meaningOf(word);
    counts.set(meaning, (counts.get(meaning) ?? 0) + 1);
  }
  const vector = Array.from({ length }, () => 0);
  for (const [meaning, count] of counts) {
    for (const [index, value] of directionOf(`${model} ${meaning}`, length).entries()) {
      vector[index] = (vector[index] ?? 0) + value * count;
    }
  }
  const norm = Math.hypot(...vector) || 1;
  return vector.map((value) => value / norm);
}

function meaningOf(word: string): string {
  const single = word.replace(/s$/, '');
  return SYNONYMS.find((words) => words.includes(single))?.[0] ?? single;
}

/** Two of different words are nearly at right angles. */
function directionOf(seed: string, length: number): number[] {
  const bits = Array.from({ length: Math.ceil(length / 256) }, (_, block) => [
    ...createHash('sha256').update(`${seed} ${block}`).digest(),
  ]).flat();
  return Array.from({ length }, (_, index) => (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) * 2 - 1);
}
