import { z } from 'zod';
import type { ModelEvent } from '../../core/ports.ts';
import type { CallOptions, LanguageModel, StreamPart } from './language-model.ts';
import { ModelFailure, toModelFailure } from './model-failure.ts';

export type Patience = { readonly firstTokenMs: number; readonly stallMs: number };

type Finish = Extract<StreamPart, { type: 'finish' }>;

const toolInput = z.record(z.string(), z.unknown());

/**
 * One call of a model. Text comes as it is said; calls of tools when the answer is whole, so that one which breaks off
 * before has left nothing behind that a second call could contradict. Ends early, without an error, when the signal fires.
 * @throws ModelFailure
 */
export async function* streamOnce(
  model: LanguageModel,
  options: CallOptions,
  { firstTokenMs, stallMs }: Patience,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  const call = new AbortController();
  const stop = () => call.abort();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let deadline = Date.now() + firstTokenMs;
  let hasBegun = false;
  const mayCall = options.tools !== undefined && options.toolChoice?.type !== 'none';
  const soon = async <T>(promise: PromiseLike<T>): Promise<T> => {
    const answer = await within(promise, deadline - Date.now(), call.signal);
    if (answer !== LATE) return answer;
    throw new ModelFailure(hasBegun ? 'stalled' : 'silent');
  };
  try {
    const { stream } = await soon(model.doStream({ ...options, abortSignal: call.signal }));
    const reader = stream.getReader();
    let said = false;
    let finish: Finish | null = null;
    const calls: Extract<ModelEvent, { type: 'tool_call' }>[] = [];
    for (;;) {
      const { done, value: part } = await soon(reader.read());
      if (done) break;
      if (part.type === 'error') throw toModelFailure(part.error, new Date());
      if (isContent(part)) {
        hasBegun = true;
        deadline = Date.now() + stallMs;
      }
      if (part.type === 'text-delta' && part.delta !== '') {
        said = true;
        yield { type: 'text', delta: part.delta };
      } else if (part.type === 'tool-call' && mayCall) {
        calls.push({ type: 'tool_call', id: part.toolCallId, name: part.toolName, args: argsOf(part.input) });
      } else if (part.type === 'finish') {
        finish = part;
      }
    }
    yield* conclude(finish, calls, said);
  } catch (thrown) {
    if (!signal.aborted) throw toModelFailure(thrown, new Date());
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

/** What comes after the last word. What was used is told also of an answer that is none. */
function* conclude(
  finish: Finish | null,
  calls: readonly Extract<ModelEvent, { type: 'tool_call' }>[],
  said: boolean,
): Generator<ModelEvent> {
  if (finish === null) throw new ModelFailure('cut');
  const { usage, finishReason } = finish;
  const { inputTokens, outputTokens } = usage;
  if (inputTokens.total !== undefined || outputTokens.total !== undefined) {
    yield {
      type: 'usage',
      usage: {
        inputTokens: inputTokens.total ?? 0,
        outputTokens: outputTokens.total ?? 0,
        ...(inputTokens.cacheRead === undefined ? {} : { cachedTokens: inputTokens.cacheRead }),
      },
    };
  }
  const { unified, raw } = finishReason;
  // Without a word of the provider why it ended, the connection just closed.
  if (unified === 'error' || unified === 'interrupted' || (unified === 'other' && raw === undefined))
    throw new ModelFailure('cut');
  if (!said && calls.length === 0) throw new ModelFailure(EMPTY[unified] ?? 'empty');
  yield* calls;
  yield { type: 'finish', reason: REASONS[unified] ?? 'stop' };
}

const EMPTY: Readonly<Partial<Record<Finish['finishReason']['unified'], 'used_up' | 'filtered'>>> = {
  length: 'used_up',
  'content-filter': 'filtered',
};

const REASONS: Readonly<
  Partial<Record<Finish['finishReason']['unified'], Extract<ModelEvent, { type: 'finish' }>['reason']>>
> = { 'tool-calls': 'tool_calls', length: 'length', 'content-filter': 'content_filter' };

/** Whether the model itself did something; a sign that the connection lives is none. */
function isContent({ type }: StreamPart): boolean {
  return /^(text|reasoning|tool)-/.test(type);
}

/** @throws ModelFailure for what is no JSON object */
function argsOf(input: string): Record<string, unknown> {
  try {
    return toolInput.parse(JSON.parse(input === '' ? '{}' : input));
  } catch {
    throw new ModelFailure('malformed', { said: 'the arguments of a call are no JSON object' });
  }
}

const LATE = Symbol('late');

/** What a promise gives, or LATE after `ms`; rejects when the signal fires, also where the promise does not heed it. */
function within<T>(promise: PromiseLike<T>, ms: number, signal: AbortSignal): Promise<T | typeof LATE> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => end(() => resolve(LATE)), Math.max(0, ms));
    const abort = () => end(() => reject(new Error('aborted')));
    const end = (settle: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      settle();
    };
    promise.then(
      (value) => end(() => resolve(value)),
      (error: unknown) => end(() => reject(error)),
    );
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
