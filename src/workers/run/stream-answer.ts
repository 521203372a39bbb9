import type { RunEventWriter } from '../../core/ports.ts';
import { createTextSanitiser } from '../../core/rendering/sanitise.ts';
import type { TokenUsage } from '../../core/runs/run.ts';
import type { WorkflowEvent } from '../../core/workflows/workflow.ts';

export type StreamedAnswer = { text: string; usage: TokenUsage | null };

/**
 * Turns what a workflow streams into run events, and gathers its text in `answer`, which stays right when the stream is
 * cut short. Returns as soon as the signal fires, even when the workflow does not. `afterFirst` is awaited once, after
 * the first event.
 */
export async function streamAnswer(
  stream: AsyncIterable<WorkflowEvent>,
  events: RunEventWriter,
  answer: StreamedAnswer,
  signal: AbortSignal,
  afterFirst: () => void | Promise<void>,
): Promise<void> {
  const sanitiser = createTextSanitiser();
  const iterator = stream[Symbol.asyncIterator]();
  let stop = () => {};
  signal.addEventListener('abort', () => stop(), { once: true });
  // Not a race with one promise of the signal: it would keep something of every event until the run ends.
  const nextOrAborted = () =>
    new Promise<IteratorResult<WorkflowEvent> | 'aborted'>((resolve, reject) => {
      stop = () => resolve('aborted');
      if (signal.aborted) stop();
      iterator.next().then(resolve, reject);
    });
  const say = (text: string) => {
    if (text === '') return;
    events.emit({ type: 'text', delta: text, offset: answer.text.length });
    answer.text += text;
  };
  for (let isFirst = true; ; isFirst = false) {
    const next = await nextOrAborted();
    if (next === 'aborted') {
      // Not awaited: a hung workflow must not hold its run.
      void Promise.resolve(iterator.return?.()).catch(() => undefined);
      return;
    }
    if (next.done === true) break;
    const event = next.value;
    if (event.type === 'text') say(sanitiser.write(event.delta));
    else if (event.type === 'usage') answer.usage = event.usage;
    else events.emit(event);
    if (isFirst) await afterFirst();
  }
  say(sanitiser.end());
}
