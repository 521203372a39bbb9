import { expect, test } from 'vitest';
import type { FollowedRun } from '../../../../../src/adapters/http/streaming/followed-run.ts';
import type { LongAnswer } from '../../../../../src/adapters/http/streaming/long-answers.ts';
import { type StreamParts, streamRun } from '../../../../../src/adapters/http/streaming/stream-run.ts';
import { systemClock } from '../../../../../src/core/clock.ts';
import { ThreadrelayError } from '../../../../../src/core/errors.ts';
import { silentLogger } from '../../../../../src/core/logger.ts';
import { storedMessage } from '../../../../fixtures/stored-message.ts';
import { createMemoryLog } from '../../../core/streaming/memory-log.ts';

const refuse = () => Promise.reject(new ThreadrelayError('store_unavailable', 'The database is away.'));

/** A stream's surroundings, with a database that is away. */
function house() {
  const memory = createMemoryLog();
  const watches = new Set<() => void>();
  const gone = new AbortController();
  const written: string[] = [];
  const parts: StreamParts = {
    events: memory.log,
    runs: { find: refuse },
    messages: {
      find: refuse,
      findBySource: refuse,
      tail: refuse,
      between: refuse,
      revise: refuse,
      redact: refuse,
    },
    state: { update: refuse, checkpoints: refuse, valuesAt: refuse },
    silence: {
      watch(_ref, onEnded) {
        watches.add(onEnded);
        return { heard() {}, stop: () => void watches.delete(onEnded) };
      },
    },
    clock: systemClock,
    timings: { silenceCheckMs: 10 },
    logger: silentLogger,
  };
  const answer: LongAnswer = {
    signal: gone.signal,
    async write(text) {
      written.push(text);
    },
    end(text = '') {
      written.push(text);
    },
    cut() {},
  };
  return { parts, answer, memory, watches, gone, written };
}

const RUN: FollowedRun = {
  threadId: 'thread',
  runId: 'run',
  isNew: true,
  isAtRest: false,
  attempt: 0,
  fence: 0,
  ordinal: 1,
  before: null,
};

const BEGUN = { type: 'attempt', attempt: 1, messageId: 'run-1' } as const;

test('a stream whose state cannot be read breaks off, and follows its run no more', async () => {
  const { parts, answer, memory, watches, written } = house();
  const streaming = streamRun(parts, answer, RUN, { modes: ['values'], after: null });
  memory.append(BEGUN);
  await expect(streaming).rejects.toMatchObject({ code: 'store_unavailable' });
  expect([memory.followers, watches.size]).toEqual([0, 0]);
  // What came before is not held back by it.
  expect(written.join('')).toContain('event: metadata');
});

test('a reader that goes at any moment in which something is told leaves nothing behind', async () => {
  for (let moment = 0; moment < 12; moment += 1) {
    const { parts, answer, memory, watches, gone } = house();
    const streaming = streamRun(parts, answer, RUN, { modes: ['custom'], after: null });
    await Promise.resolve();
    memory.append(BEGUN);
    for (let turn = 0; turn < moment; turn += 1) await Promise.resolve();
    gone.abort();
    await streaming;
    expect({ moment, left: [memory.followers, watches.size] }).toEqual({ moment, left: [0, 0] });
  }
});

test('a run that tells how it ended costs its reader one look at the messages', async () => {
  const { parts, answer, memory, written } = house();
  const said = { id: 'run-1', seq: 2 };
  const asked: number[][] = [];
  parts.messages.between = async (_threadId, after, upTo) => {
    asked.push([after, upTo]);
    return [
      storedMessage({ id: 'asked', text: 'Hi' }),
      storedMessage({ ...said, role: 'ai', text: 'Hello' }),
    ];
  };
  const before = { mood: 'good', messages: [{ type: 'human' as const, id: 'asked', content: 'Hi' }] };
  const run = { ...RUN, before };
  const streaming = streamRun(parts, answer, run, { modes: ['values', 'messages'], after: null });
  memory.append(BEGUN, { type: 'text', delta: 'Hello', offset: 0 });
  memory.append({ type: 'end', status: 'succeeded', stored: { error: null, answer: said } });
  await streaming;
  // The custom values are those from before, as the answer is the next step.
  const values =
    '{"mood":"good","messages":[{"type":"human","id":"asked","content":"Hi"},{"type":"ai","id":"run-1","content":"Hello"}]}';
  expect(written.join('')).toContain(`data: ${values}`);
  expect(written.at(-1)).toMatch(/event: end\ndata: \{"run_id":"run","status":"success"\}\n\n$/);
  expect(asked).toEqual([[0, 2]]);
});
