import type { ModelEvent, ModelRequest } from '../../core/ports.ts';
import { type ModelFailure, toModelFailure } from './model-failure.ts';

/** As other files that could not be used are told of, before the answer. */
const PICTURES_REFUSED =
  '> The model did not take a picture of this conversation, so this answer is given without looking at pictures.\n\n';

/** Calls a model, with the pictures of the request or without them. */
type Call = (showsPictures: boolean) => AsyncIterable<ModelEvent>;

export type PictureFallback = (request: ModelRequest, call: Call) => AsyncGenerator<ModelEvent>;

/**
 * Shows pictures to the models of one run that see, until a provider refuses them before the first word: a broken one, or
 * one of a kind that it does not take, would fail every run of its thread. Then the model is called without pictures, for
 * the rest of the run, and people are told so with its first word.
 */
export function createPictureFallback(
  sees: boolean,
  now: () => Date,
  onRefused: (failure: ModelFailure) => void,
): PictureFallback {
  let shows = sees;
  let isToBeTold = false;

  return async function* (request, call) {
    if (shows && request.messages.some(({ images = [] }) => images.length > 0)) {
      let hasSpoken = false;
      try {
        for await (const event of call(true)) {
          hasSpoken ||= speaks(event);
          yield event;
        }
        return;
      } catch (thrown) {
        const failure = toModelFailure(thrown, now());
        if (hasSpoken || !failure.isAboutPictures) throw failure;
        onRefused(failure);
        shows = false;
        isToBeTold = true;
      }
    }
    for await (const event of call(false)) {
      if (isToBeTold && speaks(event)) {
        isToBeTold = false;
        yield { type: 'text', delta: PICTURES_REFUSED };
      }
      yield event;
    }
  };
}

function speaks({ type }: ModelEvent): boolean {
  return type === 'text' || type === 'tool_call';
}
