import { fc } from '../../../fixtures/fast-check.ts';
import { answerIdOf } from '../../../../src/core/runs/answer-id.ts';
import { type PositionedRunEvent, type RunEvent, runEventId } from '../../../../src/core/runs/run-event.ts';
import type { StreamedOutcome, StreamedRun, StreamFrame } from '../../../../src/core/streaming/frame.ts';
import { parseFrameId } from '../../../../src/core/streaming/frame-position.ts';
import { createFrameRenderer } from '../../../../src/core/streaming/frame-renderer.ts';
import { STREAM_MODES, type StreamMode } from '../../../../src/core/streaming/stream-mode.ts';

/** All that a run told, and what the database says of it in the end. */
export type RunHistory = { run: StreamedRun; events: PositionedRunEvent[]; outcome: StreamedOutcome };

/** `greeted`: the reader has started the run itself, or let it go on `after`. */
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
  const offsets = new Map<string | undefined, number>();
  const events: RunEvent[] = [
    { type: 'attempt', attempt: fence, messageId: answerIdOf({ runId, fence }) },
    ...said.map((each): RunEvent => {
      if (each.type !== 'text') return each;
      const offset = offsets.get(each.messageId) ?? 0;
      offsets.set(each.messageId, offset + each.delta.length);
      return { ...each, offset };
    }),
  ];
  return events.map((event, index) => ({ id: runEventId(fence, index + 1), event }));
}

export type SaidEvent =
  | { type: 'text'; delta: string; messageId?: string }
  | Exclude<RunEvent, { type: 'text' } | { type: 'attempt' }>;

const custom = fc.record({
  type: fc.constant('custom' as const),
  name: fc.constantFrom('progress', 'note'),
  data: fc.jsonValue({ maxDepth: 1 }),
});

const text = fc.record({
  type: fc.constant('text' as const),
  delta: fc.string({ minLength: 1, maxLength: 12 }),
});

const words = fc.array(fc.oneof({ weight: 6, arbitrary: text }, custom), { maxLength: 6 });

const call = fc.record({
  id: fc.uuid(),
  name: fc.constantFrom('search', 'lookup'),
  args: fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 1 })),
  result: fc.jsonValue({ maxDepth: 1 }),
  isError: fc.boolean(),
});

/** A message that asks for tools, and what they gave. */
const step = fc.record({ words, calls: fc.array(call, { minLength: 1, maxLength: 3 }) });

type Words = typeof words extends fc.Arbitrary<infer T> ? T : never;
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const textOf = (said: Words) => said.map((each) => (each.type === 'text' ? each.delta : '')).join('');

/** What an attempt tells that says several messages, and the one that it ends with. */
function conversation(
  answerId: string,
  steps: readonly Step[],
  last: Words,
): { said: SaidEvent[]; answer: { id: string; text: string; toolCalls: [] } } {
  let messages = 0;
  const nextId = () => (messages === 0 ? answerId : `${answerId}.${messages}`);
  const naming = () => (messages === 0 ? {} : { messageId: nextId() });
  const inMessage = (told: Words) =>
    told.map((each): SaidEvent => (each.type === 'text' ? { ...each, ...naming() } : each));
  const said = steps.flatMap(({ words: told, calls }): SaidEvent[] => {
    const toolCalls = calls.map(({ id, name, args }) => ({ id, name, args }));
    const asking = [
      ...inMessage(told),
      ...toolCalls.map((each): SaidEvent => ({ type: 'tool_call', ...each, ...naming() })),
      { type: 'said' as const, message: { id: nextId(), text: textOf(told), toolCalls } },
    ];
    messages += 1;
    const results = calls.map(({ id, name, result, isError }): SaidEvent => {
      const messageId = nextId();
      messages += 1;
      return { type: 'tool_result', id, name, result, isError, messageId };
    });
    return [...asking, ...results];
  });
  return {
    said: [...said, ...inMessage(last)],
    answer: { id: nextId(), text: textOf(last), toolCalls: [] },
  };
}

/**
 * Runs of one to three attempts, of one or several messages each; the fences of some are not told, as when their worker
 * died at once, and attempts that came to nothing end anywhere.
 */
export const histories: fc.Arbitrary<RunHistory> = fc
  .record({
    runId: fc.uuid(),
    threadId: fc.uuid(),
    attempts: fc.array(
      fc.record({
        skipped: fc.nat(2),
        steps: fc.array(step, { maxLength: 2 }),
        last: words,
        told: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    end: fc.constantFrom('success', 'error', 'interrupted'),
    tellsEnd: fc.boolean(),
  })
  .map(({ runId, threadId, attempts, end, tellsEnd }) => {
    let fence = 0;
    let answer: ReturnType<typeof conversation>['answer'] | null = null;
    const events = attempts.flatMap(({ skipped, steps, last, told }, index) => {
      fence += 1 + skipped;
      const whole = conversation(answerIdOf({ runId, fence }), steps, last);
      answer = whole.answer;
      const isLast = index === attempts.length - 1;
      const isCut = !isLast || end === 'error';
      const kept = isCut ? Math.floor(told * (whole.said.length + 1)) : whole.said.length;
      return attempt(runId, fence, [
        ...whole.said.slice(0, kept),
        ...(isLast && tellsEnd ? [{ type: 'end' as const, status: 'succeeded' as const }] : []),
      ]);
    });
    return {
      run: { id: runId, threadId, attempt: fence },
      events,
      outcome: {
        fence,
        attempt: fence,
        status: end,
        error: end === 'error' ? { error: 'model_failed', message: 'The model failed.' } : null,
        answer: end === 'error' ? null : answer,
        isWaiting: false,
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
