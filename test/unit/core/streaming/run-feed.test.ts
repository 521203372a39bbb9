import { fc } from '../../../fixtures/fast-check.ts';
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../../../src/core/clock.ts';
import { silentLogger } from '../../../../src/core/logger.ts';
import type { PositionedRunEvent, RunEvent } from '../../../../src/core/runs/run-event.ts';
import type { Run } from '../../../../src/core/runs/run.ts';
import { type FeedParts, runFeed, untilAtRest, untilEnded } from '../../../../src/core/streaming/run-feed.ts';
import { createMemoryLog } from './memory-log.ts';

const REF = { threadId: 'thread', runId: 'run' };
const NEW = { isNew: true, isAtRest: false };
const JOINED = { isNew: false, isAtRest: false };
const END: RunEvent = { type: 'end', status: 'succeeded' };
const ENDED: Run = {
  id: 'run',
  threadId: 'thread',
  projectId: 'default',
  assistantId: 'support',
  ordinal: 1,
  triggerMessageIds: [],
  idempotencyKey: 'k',
  status: 'succeeded',
  priority: 0,
  attempt: 1,
  fence: 1,
  workerId: null,
  heartbeatAt: null,
  availableAt: new Date(0),
  cancel: null,
  workflow: null,
  route: null,
  error: null,
  usage: null,
  messageIds: [],
  metadata: {},
  createdAt: new Date(0),
  startedAt: null,
  endedAt: new Date(0),
};

const ASKS: RunEvent = { type: 'approval', calls: [], expiresAt: 1 };
const WAITS: Run = {
  ...ENDED,
  status: 'queued',
  endedAt: null,
  approval: {
    calls: [{ id: 'call-1', name: 'refund', args: {}, by: null, decision: null }],
    said: [],
    usage: null,
    askedBy: null,
    askedAt: new Date(0),
    expiresAt: new Date(1),
  },
};
const GOES_ON: Run = { ...WAITS, status: 'running' };

const note = (data: unknown): RunEvent => ({ type: 'custom', name: 'note', data });

/** A feed's surroundings: `find` answers in turn, and nothing is ever silent unless the test says so. */
function house(find: readonly (Run | null | Error)[] = [ENDED]) {
  const memory = createMemoryLog();
  const asked: number[] = [];
  const slept: number[] = [];
  const watches = new Set<() => void>();
  const clock: Pick<Clock, 'sleep' | 'now'> = {
    now: () => new Date(0),
    async sleep(ms) {
      slept.push(ms);
    },
  };
  const parts: FeedParts = {
    events: memory.log,
    runs: {
      async find() {
        const answer = find[Math.min(asked.length, find.length - 1)];
        asked.push(1);
        if (answer instanceof Error) throw answer;
        return answer ?? null;
      },
    },
    silence: {
      watch(_ref, onEnded) {
        watches.add(onEnded);
        return { heard() {}, stop: () => void watches.delete(onEnded) };
      },
    },
    clock,
    timings: { silenceCheckMs: 7 },
    logger: silentLogger,
  };
  return { parts, memory, asked, slept, watches };
}

/** Reads a feed to its end, with a pause after each batch. */
async function readAll(
  feed: ReturnType<typeof runFeed>,
  pause: () => Promise<unknown> = async () => {},
): Promise<{ heard: PositionedRunEvent[]; ended: Run | null }> {
  const heard: PositionedRunEvent[] = [];
  for (;;) {
    const next = await feed.next();
    if (next.done === true) return { heard, ended: next.value };
    heard.push(...next.value);
    await pause();
  }
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
};

describe('the feed of a run', () => {
  test('gives every event once and in order, whatever comes when and however slow its reader is', async () => {
    const step = fc.oneof(
      fc.record({ say: fc.integer({ min: 1, max: 40_000 }) }),
      fc.record({ turns: fc.nat(6) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.nat(25),
        fc.nat(4),
        async (steps, joinsAt, slowness) => {
          const { parts, memory, watches } = house();
          const signal = new AbortController().signal;
          const readings: ReturnType<typeof readAll>[] = [];
          const join = (begin: typeof NEW) => {
            readings.push(readAll(runFeed(parts, REF, begin, signal), () => turns(slowness)));
          };
          if (joinsAt === 0) join(NEW);
          let offset = 0;
          for (const [index, each] of steps.entries()) {
            if (index === joinsAt) join(JOINED);
            if ('turns' in each) await turns(each.turns);
            else {
              memory.append({ type: 'text', delta: 'x'.repeat(each.say), offset }, note(offset));
              offset += each.say;
            }
          }
          join(JOINED);
          memory.append(END);
          for (const reading of readings) {
            expect(await reading).toEqual({ heard: memory.events(), ended: ENDED });
          }
          expect([memory.followers, watches.size]).toEqual([0, 0]);
        },
      ),
    );
  });

  test('keeps little for a reader that does not come back, and the stream gives the rest', async () => {
    const { parts, memory } = house();
    const feed = runFeed(parts, REF, NEW, new AbortController().signal);
    const first = feed.next();
    memory.append(note('first'));
    await first;
    const readsBefore = memory.reads;
    for (let word = 0; word < 100; word += 1) memory.append(note('x'.repeat(1_000)));
    memory.append(END);
    // It reads again from the stream, as what came in the meantime was too much to wait.
    const { heard } = await readAll(feed);
    expect(memory.reads).toBeGreaterThan(readsBefore);
    expect(heard).toHaveLength(101);
  });

  test('asks for no past of a run that was started just now', async () => {
    const { parts, memory } = house();
    const reading = readAll(runFeed(parts, REF, NEW, new AbortController().signal));
    memory.append(note(1));
    memory.append(END);
    await reading;
    expect(memory.reads).toBe(0);
  });

  test('of a run that has ended is its past and its outcome, and nothing is followed', async () => {
    const { parts, memory, watches } = house();
    memory.append(note(1), note(2));
    const feed = runFeed(parts, REF, { isNew: false, isAtRest: true }, new AbortController().signal);
    const first = await feed.next();
    expect([memory.followers, watches.size]).toEqual([0, 0]);
    expect(first.value).toHaveLength(2);
    expect(await feed.next()).toEqual({ done: true, value: ENDED });
  });

  test('ends when the run is found to have ended without a word, after what was heard', async () => {
    const { parts, memory, watches } = house();
    const reading = readAll(runFeed(parts, REF, NEW, new AbortController().signal));
    memory.append(note(1));
    for (const tell of watches) tell();
    expect(await reading).toMatchObject({ heard: [{ id: '1-1' }], ended: ENDED });
  });

  test('waits for a database that is away, and tells of a run that is gone', async () => {
    const away = new Error('away');
    const patient = house([away, { ...ENDED, status: 'running' }, ENDED]);
    patient.memory.append(END);
    const signal = new AbortController().signal;
    expect(await readAll(runFeed(patient.parts, REF, JOINED, signal))).toMatchObject({ ended: ENDED });
    expect(patient.slept).toEqual([7, 7]);
    const gone = house([null]);
    gone.memory.append(END);
    expect(await readAll(runFeed(gone.parts, REF, JOINED, signal))).toMatchObject({ ended: null });
  });

  test('ends at once when its reader goes, and leaves nothing behind', async () => {
    for (const begin of [NEW, JOINED]) {
      const { parts, memory, watches, asked } = house();
      const gone = new AbortController();
      const reading = readAll(runFeed(parts, REF, begin, gone.signal));
      memory.append(note(1));
      await turns(10);
      expect([memory.followers, watches.size]).toEqual([1, 1]);
      gone.abort();
      expect(await reading).toMatchObject({ ended: null });
      expect([memory.followers, watches.size, asked.length]).toEqual([0, 0, 0]);
    }
  });
});

describe('the feed of a run that waits for people ends', () => {
  const signal = new AbortController().signal;

  test('when it begins to wait, and goes on where it was when they have decided', async () => {
    const { parts, memory } = house([WAITS, GOES_ON, ENDED]);
    const reading = readAll(runFeed(parts, REF, NEW, signal));
    memory.append(note(1));
    memory.append(ASKS);
    expect(await reading).toMatchObject({ heard: [{ id: '1-1' }, { id: '1-2' }], ended: WAITS });

    const resumed = readAll(runFeed(parts, REF, JOINED, signal));
    await turns(20);
    memory.append(note(2));
    memory.append(END);
    expect(await resumed).toEqual({ heard: memory.events(), ended: ENDED });
  });

  test('at once when it waited before, and not when that is over by then', async () => {
    const begin = { isNew: false, isAtRest: true };
    const waiting = house([WAITS]);
    waiting.memory.append(ASKS);
    expect(await readAll(runFeed(waiting.parts, REF, begin, signal))).toMatchObject({ ended: WAITS });

    const decided = house([GOES_ON, ENDED]);
    const reading = readAll(runFeed(decided.parts, REF, begin, signal));
    await turns(20);
    decided.memory.append(note(1));
    decided.memory.append(END);
    expect(await reading).toMatchObject({ heard: [{ id: '1-1' }, { id: '1-2' }], ended: ENDED });
  });

  test('not before what a later attempt told, which asks again', async () => {
    const { parts, memory } = house([{ ...WAITS, fence: 2 }, ENDED]);
    const reading = readAll(runFeed(parts, REF, NEW, signal));
    memory.append(ASKS);
    await turns(20);
    memory.append(note(1));
    memory.append(END);
    expect(await reading).toMatchObject({ heard: [{ id: '1-1' }, { id: '1-2' }, { id: '1-3' }] });
  });

  test('not by what an earlier attempt told in its past, while a later one waits that is not read yet', async () => {
    const { parts, memory } = house([{ ...WAITS, fence: 2 }, ENDED]);
    memory.append(ASKS);
    const reading = readAll(runFeed(parts, REF, { isNew: false, isAtRest: true }, signal));
    await turns(20);
    memory.append(END);
    expect(await reading).toMatchObject({ heard: [{ id: '1-1' }, { id: '1-2' }], ended: ENDED });
  });

  test('when it is found to wait without a word, and not when the silence means nothing', async () => {
    const { parts, memory, watches } = house([GOES_ON, WAITS]);
    const reading = readAll(runFeed(parts, REF, NEW, signal));
    memory.append(note(1));
    const silence = async () => {
      await turns(20);
      for (const tell of watches) tell();
    };
    await silence();
    await silence();
    expect(await reading).toMatchObject({ heard: [{ id: '1-1' }], ended: WAITS });
  });

  test('but whoever wants its end waits on', async () => {
    const { parts, memory, slept } = house([WAITS, WAITS, WAITS, ENDED]);
    memory.append(ASKS);
    await untilEnded(parts, REF, signal);
    expect(slept).toEqual([7, 7, 7]);
  });
});

test('whoever waits for a run hears of its end alone', async () => {
  const { parts, memory } = house();
  const waiting = untilAtRest(parts, { ...REF, isAtRest: false }, new AbortController().signal);
  memory.append(note(1));
  memory.append(END);
  expect(await waiting).toEqual(ENDED);
  expect(await untilAtRest(parts, { ...REF, isAtRest: true }, new AbortController().signal)).toEqual(ENDED);
});
