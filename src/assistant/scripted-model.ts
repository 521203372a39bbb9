import type { Clock } from '../core/clock.ts';
import { ThreadrelayError } from '../core/errors.ts';
import type { Model, ModelEvent, ModelRequest } from '../core/ports.ts';
import { createPace } from './pace.ts';

/** Waited out also when the answer is stopped meanwhile: to listen for that before each of many words costs more. */
const SHORT_WAIT_MS = 50;

export type ScriptStep =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tokens'; readonly tokens: number }
  | {
      readonly kind: 'calls';
      readonly calls: readonly { readonly name: string; readonly args: Record<string, unknown> }[];
    }
  | { readonly kind: 'wait'; readonly waitMs: number }
  | { readonly kind: 'error'; readonly message: string; readonly retryable: boolean };

/** What a scripted model says: a reply with placeholders, a number of tokens, or steps. */
export type Script = { readonly delayMs: number } & (
  | { readonly reply: string; readonly chunk: number | null }
  | { readonly tokens: number }
  | { readonly steps: readonly ScriptStep[] }
);

/**
 * A model without a model: says what its script says, for the demo, tests and benches. A piece is due `delayMs` after the
 * one before it. Placeholders in a reply: `{{text}}` and `{{author}}` of the last human message, `{{thread}}` and
 * `{{assistant}}` for their names; unknown ones stay as they are.
 */
export function createScriptedModel(
  script: Script,
  assistant: string,
  clock: Pick<Clock, 'now' | 'sleep'>,
): Model {
  const fillIn = (template: string, request: ModelRequest) =>
    fill(template, { ...valuesOf(request), assistant });
  return {
    async *stream(request, signal) {
      let outputTokens = 0;
      let reason: 'stop' | 'tool_calls' | 'length' = 'stop';
      const { maxOutputTokens = Number.POSITIVE_INFINITY } = request;
      const asked = callsBefore(request);
      const pace = createPace(clock);
      for (const piece of piecesOf(remaining(script, asked), (template) => fillIn(template, request))) {
        const waitMs = piece.kind === 'wait' ? piece.waitMs : script.delayMs;
        await pace(waitMs, waitMs > SHORT_WAIT_MS ? signal : undefined);
        if (signal.aborted) return;
        if (piece.kind === 'error') {
          throw new ThreadrelayError('model_failed', piece.message, { retryable: piece.retryable });
        }
        if (piece.kind === 'calls') {
          for (const [index, { name, args }] of piece.calls.entries())
            yield { type: 'tool_call', id: `call-${asked + 1}-${index + 1}`, name, args };
          reason = 'tool_calls';
          break;
        }
        if (piece.kind !== 'text') continue;
        if (outputTokens >= maxOutputTokens) {
          reason = 'length';
          break;
        }
        outputTokens += 1;
        yield { type: 'text', delta: piece.text };
      }
      const inputTokens = request.messages.reduce((sum, message) => sum + wordsOf(message.text).length, 0);
      yield { type: 'usage', usage: { inputTokens, outputTokens }, model: 'scripted' };
      yield { type: 'finish', reason } satisfies ModelEvent;
    },
  };
}

/** How often the script has asked for tools since a person last spoke. */
function callsBefore({ messages }: ModelRequest): number {
  const since = messages.slice(messages.findLastIndex(({ role }) => role === 'human') + 1);
  return since.filter(({ toolCalls }) => (toolCalls?.length ?? 0) > 0).length;
}

/** What is left of a script that has asked for tools so often. */
function remaining(script: Script, asked: number): Script {
  if (!('steps' in script)) return script;
  let before = 0;
  const steps = script.steps.filter((step) => {
    const isLeft = before >= asked;
    if (step.kind === 'calls') before += 1;
    return isLeft;
  });
  return { ...script, steps };
}

type Piece = Exclude<ScriptStep, { kind: 'tokens' }>;

function* piecesOf(script: Script, fillIn: (template: string) => string): Generator<Piece> {
  if ('reply' in script) {
    yield* textPieces(fillIn(script.reply), script.chunk);
  } else if ('tokens' in script) {
    yield* tokenPieces(script.tokens, 0);
  } else {
    let tokens = 0;
    for (const step of script.steps) {
      if (step.kind === 'tokens') {
        yield* tokenPieces(step.tokens, tokens);
        tokens += step.tokens;
      } else if (step.kind === 'text') {
        yield* textPieces(fillIn(step.text), null);
      } else {
        yield step;
      }
    }
  }
}

function* tokenPieces(count: number, before: number): Generator<Piece> {
  for (let index = 1; index <= count; index += 1) {
    yield { kind: 'text', text: `${before + index === 1 ? '' : ' '}token${before + index}` };
  }
}

function* textPieces(text: string, chunk: number | null): Generator<Piece> {
  if (chunk === null) {
    for (const word of wordsOf(text)) yield { kind: 'text', text: word };
    return;
  }
  for (let at = 0; at < text.length; at += chunk) yield { kind: 'text', text: text.slice(at, at + chunk) };
}

/** Words with the white space that follows them: joined, they are the text. */
function wordsOf(text: string): string[] {
  return text.match(/\s*\S+\s*|\s+/g) ?? [];
}

function valuesOf(request: ModelRequest): Record<string, string> {
  const last = request.messages.findLast((message) => message.role === 'human');
  return {
    text: last?.text ?? '',
    author: last?.author?.name ?? last?.author?.id ?? '',
    thread: request.threadName ?? '',
  };
}

function fill(template: string, values: Record<string, string>): string {
  return template.replace(/\{\{\s*(\w+)\s*\}\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? '') : whole,
  );
}
