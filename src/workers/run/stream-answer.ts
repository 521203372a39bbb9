import { toolResultText } from '../../core/messages/tool-result-text.ts';
import type { RunEventWriter } from '../../core/ports.ts';
import { createTextSanitiser } from '../../core/rendering/sanitise.ts';
import { addUsage } from '../../core/usage/usage.ts';
import type { WorkflowEvent } from '../../core/workflows/workflow.ts';
import { nextMessageId, type OpenMessage, type StreamedAnswer } from './streamed-answer.ts';

/**
 * Turns what a workflow streams into run events, and gathers what it says in `answer`, which stays right when the stream
 * is cut short. Returns as soon as the signal fires, even when the workflow does not. `afterFirst` is awaited once, after
 * the first event.
 */
export async function streamAnswer(
  stream: AsyncIterable<WorkflowEvent>,
  events: RunEventWriter,
  answer: StreamedAnswer,
  signal: AbortSignal,
  afterFirst: () => void | Promise<void>,
): Promise<void> {
  const iterator = stream[Symbol.asyncIterator]();
  const hear = createHearing(events, answer);
  let stop = () => {};
  signal.addEventListener('abort', () => stop(), { once: true });
  // Not a race with one promise of the signal: it would keep something of every event until the run ends.
  const nextOrAborted = () =>
    new Promise<IteratorResult<WorkflowEvent> | 'aborted'>((resolve, reject) => {
      stop = () => resolve('aborted');
      if (signal.aborted) stop();
      iterator.next().then(resolve, reject);
    });
  for (let isFirst = true; ; ) {
    const next = await nextOrAborted();
    if (next === 'aborted') {
      // Not awaited: a hung workflow must not hold its run.
      void Promise.resolve(iterator.return?.()).catch(() => undefined);
      return;
    }
    if (next.done === true) break;
    hear.event(next.value);
    // That a model is called is nothing that anybody hears.
    if (!isFirst || next.value.type === 'step') continue;
    isFirst = false;
    await afterFirst();
  }
  hear.end();
}

function createHearing(events: RunEventWriter, answer: StreamedAnswer) {
  let sanitiser = createTextSanitiser();
  /** The message that is being said; the first needs no name in events, they are of it unless they say otherwise. */
  const openMessage = (): OpenMessage => {
    answer.open ??= { id: nextMessageId(answer), text: '', toolCalls: [] };
    return answer.open;
  };
  const named = ({ id }: OpenMessage) => (id === answer.id ? {} : { messageId: id });
  const say = (text: string) => {
    if (text === '') return;
    const message = openMessage();
    events.emit({ type: 'text', delta: text, offset: message.text.length, ...named(message) });
    message.text += text;
  };
  /** The message that asked for tools is whole. */
  const finish = () => {
    say(sanitiser.end());
    sanitiser = createTextSanitiser();
    const { open } = answer;
    if (open === null) return;
    answer.finished.push({ role: 'ai', said: open });
    answer.open = null;
    events.emit({ type: 'said', message: open });
  };
  return {
    event(event: WorkflowEvent) {
      switch (event.type) {
        case 'text':
          return say(sanitiser.write(event.delta));
        case 'usage':
          answer.usage = addUsage(answer.usage, event.usage);
          return;
        case 'step':
          answer.steps.push(event.record);
          return;
        case 'tool_call': {
          const { id, name, args } = event;
          const message = openMessage();
          message.toolCalls.push({ id, name, args });
          return events.emit({ ...event, ...named(message) });
        }
        case 'tool_result': {
          finish();
          const messageId = nextMessageId(answer);
          const text = toolResultText(event.result);
          const { id: toolCallId, name, isError } = event;
          answer.finished.push({ role: 'tool', id: messageId, toolCallId, name, text, isError });
          return events.emit({ ...event, messageId });
        }
        case 'approval':
          finish();
          answer.asks = event.calls;
          return;
        case 'custom':
          return events.emit(event);
      }
    },
    end: () => say(sanitiser.end()),
  };
}
