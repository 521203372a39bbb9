import fc from 'fast-check';
import { answerIdOf } from '../../../../src/core/runs/answer-id.ts';
import { type PositionedRunEvent, type RunEvent, runEventId } from '../../../../src/core/runs/run-event.ts';
import type { StreamedOutcome, StreamedRun, StreamFrame } from '../../../../src/core/streaming/frame.ts';
import { parseFrameId } from '../../../../src/core/streaming/frame-position.ts';
import { createFrameRenderer } from '../../../../src/core/streaming/frame-renderer.ts';
import { STREAM_MODES, type StreamMode } from '../../../../src/core/streaming/stream-mode.ts';

/** All that a run told, and what the database says of it in the end. */
export type RunHistory = { run: StreamedRun; events: PositionedRunEvent[]; outcome: StreamedOutcome };

/** `greeted`: the reader has started the run itself. */
export type Reading = { modes?: readonly StreamMode[]; after?: string | null; greeted?: boolean };

/** The frames that one reader gets. */
export function read(
  history: RunHistory,
  { modes = STREAM_MODES, after = null, greeted = false }: Reading = {},
): StreamFrame[] {
  const position = after === null ? null : parseFrameId(after);
  const renderer = createFrameRenderer({ run: history.run, modes, after: position });
  return [
    ...(greeted ? renderer.greet() : []),
    ...history.events.flatMap((event) => renderer.hear(event)),
    ...renderer.end(history.outcome),
  ];
}

/** The events of one attempt, in their places. `said` are given without `offset`. */
export function attempt(runId: string, fence: number, said: readonly SaidEvent[]): PositionedRunEvent[] {
  let offset = 0;
  const events: RunEvent[] = [
    { type: 'attempt', attempt: fence, messageId: answerIdOf({ runId, fence }) },
    ...said.map((each): RunEvent => {
      if (each.type !== 'text') return each;
      const event = { ...each, offset };
      offset += each.delta.length;
      return event;
    }),
  ];
  return events.map((event, index) => ({ id: runEventId(fence, index + 1), event }));
}

export type SaidEvent =
  | { type: 'text'; delta: string }
  | Exclude<RunEvent, { type: 'text' } | { type: 'attempt' }>;

export function textOf(events: readonly PositionedRunEvent[], fence: number): string {
  return events
    .filter(({ id }) => id.startsWith(`${fence}-`))
    .map(({ event }) => (event.type === 'text' ? event.delta : ''))
    .join('');
}

const text = fc.record({
  type: fc.constant('text' as const),
  delta: fc.string({ minLength: 1, maxLength: 12 }),
});

const said: fc.Arbitrary<SaidEvent> = fc.oneof(
  { weight: 6, arbitrary: text },
  fc.record({
    type: fc.constant('tool_call' as const),
    id: fc.uuid(),
    name: fc.constantFrom('search', 'lookup'),
    args: fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 1 })),
  }),
  fc.record({
    type: fc.constant('tool_result' as const),
    id: fc.uuid(),
    name: fc.constantFrom('search', 'lookup'),
    result: fc.jsonValue({ maxDepth: 1 }),
    isError: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('custom' as const),
    name: fc.constantFrom('progress', 'note'),
    data: fc.jsonValue({ maxDepth: 1 }),
  }),
);

/** Runs of one to three attempts; the fences of some are not told, as when their worker died at once. */
export const histories: fc.Arbitrary<RunHistory> = fc
  .record({
    runId: fc.uuid(),
    threadId: fc.uuid(),
    attempts: fc.array(fc.record({ skipped: fc.nat(2), said: fc.array(said, { maxLength: 12 }) }), {
      minLength: 1,
      maxLength: 3,
    }),
    end: fc.constantFrom('success', 'error', 'interrupted'),
    tellsEnd: fc.boolean(),
  })
  .map(({ runId, threadId, attempts, end, tellsEnd }) => {
    let fence = 0;
    const events = attempts.flatMap(({ skipped, said: told }, index) => {
      fence += 1 + skipped;
      const isLast = index === attempts.length - 1;
      return attempt(runId, fence, [
        ...told,
        ...(isLast && tellsEnd ? [{ type: 'end' as const, status: 'succeeded' as const }] : []),
      ]);
    });
    const answer = { id: answerIdOf({ runId, fence }), text: textOf(events, fence), toolCalls: [] };
    const says = end === 'success' || (end === 'interrupted' && answer.text !== '');
    return {
      run: { id: runId, threadId, attempt: fence },
      events,
      outcome: {
        fence,
        attempt: fence,
        status: end,
        error: end === 'error' ? { error: 'model_failed', message: 'The model failed.' } : null,
        answer: says ? answer : null,
        hasState: true,
      },
    };
  });

export const modeSets: fc.Arbitrary<readonly StreamMode[]> = fc.subarray([...STREAM_MODES]);

/** What a reader of chunks has put together of a message, by id. A message that is no chunk stands for all before it. */
export function gathered(frames: readonly StreamFrame[], messageId: string): string {
  let content = '';
  for (const { event, data } of frames) {
    if (event !== 'messages' || !Array.isArray(data)) continue;
    const message: unknown = data[0];
    if (!isMessage(message) || message.id !== messageId) continue;
    content = message.type === 'AIMessageChunk' ? content + message.content : message.content;
  }
  return content;
}

function isMessage(value: unknown): value is { type: string; id: string; content: string } {
  return typeof value === 'object' && value !== null && 'id' in value && 'content' in value;
}
