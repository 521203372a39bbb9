import type { Clock } from '../../core/clock.ts';
import { ThreadrelayError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { Model, ModelRequest } from '../../core/ports.ts';
import type { RouteInput } from '../../core/routing/route.ts';
import { choose, nameOf } from './candidates.ts';
import { FAILURE_RULES } from './failure-rules.ts';
import type { HostedModelConfig, ModelReference } from './hosted-model-config.ts';
import type { CallOptions } from './language-model.ts';
import { type ModelFailure, toModelFailure } from './model-failure.ts';
import { toModelPrompt, toModelTools } from './model-prompt.ts';
import type { OpenModel } from './open-model.ts';
import { createPictureFallback } from './picture-fallback.ts';
import type { Resting } from './resting.ts';
import { streamOnce } from './stream-once.ts';

export type HostedModelParts = {
  open: OpenModel;
  resting: Resting;
  clock: Clock;
  random: () => number;
  logger: Logger;
  /** Of the run, for the log. */
  about: Record<string, string>;
};

/** Calls of one model for one answer; what three calls in a few seconds do not give, another model might. */
const MAX_CALLS = 3;
/** The second call comes so long after the first, about, and each further one after twice as long. */
const BACKOFF_MS = 500;
/** Waited for at most, where the provider says how long, before another model is taken or the run waits instead. */
const MAX_WAIT_MS = 10_000;
/** A provider that asks for more than this will not be waited for by a person. */
const MAX_RUN_WAIT_MS = 60_000;

type Failed = { model: string; failure: ModelFailure };

/**
 * The model of one run: the one that the rules choose for the question, its fallbacks after it. A failure before the
 * first word is mended out of sight: by asking again, then by asking the next. After it nothing is mended, for the next
 * answer would be another one: the failure is thrown, and the run may be tried again as a whole.
 */
export function createHostedModel(
  config: HostedModelConfig,
  question: RouteInput,
  { open, resting, clock, random, logger, about }: HostedModelParts,
): Model {
  const candidates = resting.order(choose(config, question));
  /** The one that answered last stays for the run's next steps. */
  let first = 0;
  const withPictures = createPictureFallback(config.sees, clock.now, (failure) => {
    logger.warn({ ...about, ...factsOf(failure) }, 'pictures were refused');
  });

  return {
    async *stream(request, signal) {
      const failed: Failed[] = [];
      for (const [index, candidate] of candidates.entries()) {
        if (index < first) continue;
        for (let call = 1; call <= MAX_CALLS && !signal.aborted; call += 1) {
          let hasSpoken = false;
          try {
            for await (const event of withPictures(request, (shows) =>
              answer(candidate, request, shows, signal),
            )) {
              hasSpoken ||= event.type === 'text' || event.type === 'tool_call';
              yield event.type === 'usage' ? { ...event, model: nameOf(candidate) } : event;
            }
            first = index;
            return;
          } catch (thrown) {
            if (signal.aborted) return;
            const failure = toModelFailure(thrown, clock.now());
            failed.push({ model: nameOf(candidate), failure });
            const rule = FAILURE_RULES[failure.kind];
            const waitMs = failure.retryAfterMs ?? BACKOFF_MS * 2 ** (call - 1) * (0.5 + random());
            const asksAgain = !hasSpoken && rule.again && call < MAX_CALLS && waitMs <= MAX_WAIT_MS;
            logger.warn(
              { ...about, model: nameOf(candidate), call, ...factsOf(failure), hasSpoken, asksAgain },
              'a call of a model failed',
            );
            if (hasSpoken || !rule.replaceable) throw toError(failed.slice(-1));
            if (!asksAgain && rule.rests) resting.rest(candidate, failure.retryAfterMs);
            if (!asksAgain) break;
            await clock.sleep(waitMs, signal);
          }
        }
        if (signal.aborted) return;
      }
      throw toError(failed);
    },
  };

  async function* answer(
    candidate: ModelReference,
    request: ModelRequest,
    shows: boolean,
    signal: AbortSignal,
  ) {
    const model = await open(candidate);
    const { instructions, messages, tools } = request;
    const maxOutputTokens = request.maxOutputTokens ?? config.maxOutputTokens;
    const prompt = toModelPrompt({ instructions, messages }, shows);
    const options: CallOptions = {
      prompt,
      ...toModelTools(tools, prompt),
      ...(config.temperature === null ? {} : { temperature: config.temperature }),
      ...(maxOutputTokens === null ? {} : { maxOutputTokens }),
      // What people said is not to be kept by the provider beyond the call.
      providerOptions: { openai: { store: false } },
    };
    yield* streamOnce(model, options, config, signal);
  }
}

function factsOf({ kind, status, retryAfterMs, message }: ModelFailure) {
  return { kind, status, retryAfterMs, said: message };
}

/** What failed, as the run's outcome has it: where anything may pass by itself, that is what is told. */
function toError(failed: readonly Failed[]): ThreadrelayError {
  const mayPass = (each: Failed) =>
    FAILURE_RULES[each.failure.kind].retryable && (each.failure.retryAfterMs ?? 0) <= MAX_RUN_WAIT_MS;
  const told = failed.findLast(mayPass) ?? failed[0];
  if (told === undefined)
    return new ThreadrelayError('model_failed', 'No model answered.', { retryable: true });
  const { model, failure } = told;
  return new ThreadrelayError('model_failed', FAILURE_RULES[failure.kind].sentence(model), {
    retryable: mayPass(told),
    ...(failure.retryAfterMs === null ? {} : { retryAfterMs: failure.retryAfterMs }),
    details: { failed: failed.map((each) => ({ model: each.model, ...factsOf(each.failure) })) },
  });
}
