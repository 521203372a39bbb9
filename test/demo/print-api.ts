import { styleText } from 'node:util';
import { type ListedThread, pieceOf, type ThreadState, Values } from './api-client.ts';
import type { ServerSentEvent } from './server-sent-events.ts';
import type { ApiListener, ApiResult } from './show-api.ts';
import { dim, excerpt, row } from './print.ts';

/** Tells the API's part of the demo line by line. */
export function apiPrinter(
  say: (line: string) => void,
  onResult: (result: ApiResult) => void,
): ApiListener & { result(result: ApiResult): void } {
  const sayAll = (lines: readonly string[]) => lines.forEach(say);
  let askedAt = 0;
  return {
    threads: (threads) => sayAll(threadLines(threads)),
    state: (threadId, state) => sayAll(stateLines(threadId, state)),
    history: (threadId, history) => sayAll(historyLines(threadId, history)),
    asks(threadId, question) {
      askedAt = performance.now();
      say(requestLine(`POST /runs/stream, in thread ${threadId}: ${question}`));
    },
    event: (event) => say(eventLine(event, performance.now() - askedAt)),
    result(result) {
      const { events, final } = result.streamed;
      const equal = result.finalEqualsStored
        ? 'the stream, the stored message and Slack say the same'
        : styleText('red', 'the stream, the stored message and Slack do NOT say the same');
      say(row('', `${events} events, ${final.content.length} characters; ${equal}`));
      onResult(result);
    },
  };
}

function requestLine(request: string): string {
  return `\n${styleText('cyan', 'HTTP   ')} ${request}`;
}

function threadLines(threads: readonly ListedThread[]): string[] {
  return [
    requestLine('GET /threads/'),
    ...threads.map(({ thread_id, origin, status, name, metadata }) =>
      row(
        origin?.platform ?? 'none',
        `${thread_id} ${status}${name === null ? '' : ` "${name}"`} ${dim(excerpt(JSON.stringify(metadata)))}`,
      ),
    ),
  ];
}

function stateLines(threadId: string, { checkpoint, values }: ThreadState): string[] {
  return [
    requestLine(`GET /threads/${threadId}/state`),
    row('checkpoint', checkpoint.checkpoint_id),
    ...values.messages.map(({ type, content }) => row('', `${type.padEnd(5)} ${dim(excerpt(content))}`)),
  ];
}

function historyLines(threadId: string, history: readonly ThreadState[]): string[] {
  return [
    requestLine(`GET /threads/${threadId}/history`),
    ...history.map(({ checkpoint, values }) => row('', `${checkpoint.checkpoint_id}  ${valuesText(values)}`)),
  ];
}

function eventLine({ id, event, data }: ServerSentEvent, sinceMs: number): string {
  const time = `${(sinceMs / 1_000).toFixed(2)} s`.padStart(8);
  return `  ${time}  ${id.padEnd(9)} ${event.padEnd(9)} ${dataText(event, data)}`;
}

function dataText(event: string, data: unknown): string {
  if (event === 'messages') return dim(JSON.stringify(pieceOf(data)));
  return event === 'values' ? valuesText(Values.parse(data)) : dim(excerpt(JSON.stringify(data)));
}

function valuesText({ messages }: ThreadState['values']): string {
  const last = messages.at(-1);
  const said =
    last === undefined ? '' : `, the last one ${last.type.padEnd(5)} ${dim(excerpt(last.content))}`;
  return `${messages.length} messages${said}`;
}
