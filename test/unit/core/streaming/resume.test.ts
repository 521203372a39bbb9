import { fc } from '../../../fixtures/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { STATE_BEFORE } from '../../../../src/core/streaming/frame.ts';
import {
  afterAttempt,
  frameId,
  isBehind,
  parseFrameId,
} from '../../../../src/core/streaming/frame-position.ts';
import { STREAM_MODES } from '../../../../src/core/streaming/stream-mode.ts';
import { gathered, histories, modeSets, read, type RunHistory } from './run-history.ts';

/** Of a part of some list, by its number. */
const share = fc.double({ min: 0, max: 1, noNaN: true });
const at = (part: number, length: number) => Math.min(length - 1, Math.floor(part * length));

/** All modes whose frames do not tell again what was told before. */
const DELTAS = STREAM_MODES.filter((mode) => mode !== 'messages');

function behind(frames: ReturnType<typeof read>, id: string) {
  const position = parseFrameId(id);
  return frames.filter((frame) => {
    const own = parseFrameId(frame.id);
    return own !== null && position !== null && isBehind(own, position);
  });
}

/** The same history, as a stream holds it that has lost its first events. */
const trimmed = (history: RunHistory, lost: number): RunHistory => ({
  ...history,
  events: history.events.slice(lost),
});

describe('frames of a run', () => {
  test('are the same whoever reads them, and however often', () => {
    fc.assert(
      fc.property(histories, modeSets, (history, modes) => {
        expect(read(history, { modes })).toEqual(read(history, { modes }));
      }),
    );
  });

  test('have ids that grow, begin with metadata and end with end', () => {
    fc.assert(
      fc.property(histories, modeSets, (history, modes) => {
        const frames = read(history, { modes });
        expect(frames[0]?.event).toBe('metadata');
        expect(frames.map(({ event }) => event).filter((event) => event === 'end')).toHaveLength(1);
        expect(frames.at(-1)).toMatchObject({
          event: 'end',
          data: { run_id: history.run.id, status: history.outcome.status },
        });
        for (const [index, { id }] of frames.entries()) {
          expect(parseFrameId(id)).not.toBeNull();
          expect(behind(frames, id)).toEqual(frames.slice(index + 1));
        }
      }),
    );
  });

  test('a reader that was cut after any frame gets exactly the rest', () => {
    fc.assert(
      fc.property(histories, modeSets, share, fc.boolean(), (history, modes, cut, greeted) => {
        const frames = read(history, { modes, greeted });
        const last = at(cut, frames.length - 1);
        expect(read(history, { modes, after: frames[last]?.id ?? null })).toEqual(frames.slice(last + 1));
      }),
      { numRuns: 500 },
    );
  });

  test('who has started the run is told so before anything is heard of it, and then goes on as after that frame', () => {
    fc.assert(
      fc.property(histories, modeSets, (history, modes) => {
        const frames = read(history, { modes, greeted: true });
        const data = { run_id: history.run.id, attempt: 1 };
        expect(frames[0]).toEqual({ id: '1-1.0', event: 'metadata', data });
        expect(frames.slice(1)).toEqual(read(history, { modes, after: '1-1.0' }));
        // A worker that told nothing of the first attempt leaves the beginning to the next one.
        const isHeard = history.events[0]?.id === '1-1';
        expect(isHeard ? frames : frames.slice(1)).toEqual(read(history, { modes }));
      }),
    );
  });

  test('who lets a run go on is told so at once, and then gets what later attempts tell, and the outcome', () => {
    fc.assert(
      fc.property(histories, modeSets, share, (history, modes, part) => {
        const place = frameId(afterAttempt(1 + at(part, history.outcome.fence)));
        const frames = read(history, { modes, after: place, greeted: true });
        const data = { run_id: history.run.id, attempt: history.run.attempt };
        expect(frames[0]).toEqual({ id: place, event: 'metadata', data });
        expect(frames.slice(1)).toEqual(behind(read(history, { modes }), place));
        expect(frames.slice(1)).toEqual(read(history, { modes, after: place }));
        expect(frames.at(-1)?.event).toBe('end');
      }),
    );
  });

  test('a reader that is cut while the run goes on, again and again, gets every frame once', () => {
    fc.assert(
      fc.property(histories, fc.array(share, { maxLength: 20 }), (history, cuts) => {
        const whole = read(history);
        const got: typeof whole = [];
        for (const cut of cuts) {
          const rest = read(history, { after: got.at(-1)?.id ?? null });
          got.push(...rest.slice(0, at(cut, rest.length)));
        }
        got.push(...read(history, { after: got.at(-1)?.id ?? null }));
        expect(got).toEqual(whole);
      }),
    );
  });

  test('a place means the same in all modes', () => {
    fc.assert(
      fc.property(histories, modeSets, modeSets, share, (history, modes, others, cut) => {
        const frames = read(history, { modes });
        const id = frames[at(cut, frames.length - 1)]?.id ?? '';
        expect(read(history, { modes: others, after: id })).toEqual(
          behind(read(history, { modes: others }), id),
        );
      }),
    );
  });

  test('a reader that has had all is told the end again', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const end = read(history).slice(-1);
        expect(read(history, { after: end[0]?.id ?? null })).toEqual(end);
      }),
    );
  });
});

describe('a stream that has lost its beginning', () => {
  test('still gives a reader whose place it holds exactly the rest', () => {
    fc.assert(
      fc.property(histories, share, share, (history, lost, cut) => {
        const whole = read(history, { modes: DELTAS });
        const kept = trimmed(history, at(lost, history.events.length));
        const held = behind(whole, kept.events[0]?.id ?? '');
        const id = held[at(cut, held.length - 1)]?.id ?? '';
        expect(read(kept, { modes: DELTAS, after: id })).toEqual(behind(whole, id));
      }),
      { numRuns: 500 },
    );
  });

  test('tells every other reader of the gap, and gives what is still there', () => {
    fc.assert(
      fc.property(histories, share, share, (history, lost, cut) => {
        const whole = read(history, { modes: DELTAS });
        const kept = trimmed(history, at(lost, history.events.length));
        const first = kept.events[0];
        if (first === undefined) return;
        const [fence = '', seq = ''] = first.id.split('-');
        const justBefore = `${fence}-${Number(seq) - 1}`;
        const early = whole.slice(0, whole.length - behind(whole, justBefore).length);
        const id = early[at(cut, early.length)]?.id;
        if (id === undefined || first.event.type === 'attempt') return;
        const rest = read(kept, { modes: DELTAS, after: id });
        const gap = rest.filter(({ event }) => event === 'gap');
        if (id === justBefore) expect(gap).toEqual([]);
        else expect(gap).toMatchObject([{ data: { from: id, to: first.id } }]);
        const after = rest.filter(({ event }) => event !== 'gap');
        expect(after).toEqual(behind(whole, justBefore));
      }),
      { numRuns: 500 },
    );
  });

  test('gives a reader from the start metadata, state and gap first', () => {
    fc.assert(
      fc.property(histories, share, (history, lost) => {
        const kept = trimmed(history, at(lost, history.events.length));
        const first = kept.events[0];
        if (first === undefined || first.event.type === 'attempt') return;
        const frames = read(kept);
        expect(frames.slice(0, 3)).toMatchObject([
          { event: 'metadata', data: { run_id: history.run.id, attempt: history.run.attempt } },
          { event: 'values', data: STATE_BEFORE },
          { event: 'gap', data: { from: '-1', to: first.id } },
        ]);
        const cut = frames[2]?.id ?? null;
        expect(read(kept, { after: cut })).toEqual(frames.slice(3));
      }),
    );
  });
});

describe('a stream that lost something', () => {
  test('in its middle says so where it is missing', () => {
    fc.assert(
      fc.property(histories, share, fc.nat(3), (history, begin, most) => {
        const from = 1 + at(begin, history.events.length);
        const events = history.events.filter((_, index) => index < from || index > from + most);
        const next = events[from];
        if (next === undefined || next.event.type === 'attempt') return;
        const frames = read({ ...history, events });
        expect(frames.find(({ event }) => event === 'gap')).toMatchObject({
          data: { from: events[from - 1]?.id, to: next.id },
        });
      }),
    );
  });

  test('at its end still gives readers of chunks the whole text', () => {
    fc.assert(
      fc.property(histories, share, (history, kept) => {
        const { answer } = history.outcome;
        const events = history.events.slice(0, at(kept, history.events.length + 1));
        const frames = read({ ...history, events }, { modes: ['messages-tuple'] });
        expect(gathered(frames, answer?.id ?? '')).toBe(answer?.text ?? '');
      }),
    );
  });

  test('as a whole still gives the outcome, and cuts of it resume', () => {
    fc.assert(
      fc.property(histories, modeSets, share, (history, modes, cut) => {
        const gone = { ...history, events: [] };
        const frames = read(gone, { modes });
        expect(frames.map(({ event }) => event)).not.toContain('gap');
        const last = at(cut, frames.length - 1);
        expect(read(gone, { modes, after: frames[last]?.id ?? null })).toEqual(frames.slice(last + 1));
      }),
    );
  });

  test('as a whole tells a reader that was in the middle of it, and gives it all of the text', () => {
    fc.assert(
      fc.property(histories, share, (history, cut) => {
        const modes = ['messages-tuple', 'values'] as const;
        const frames = read(history, { modes }).filter(({ id }) => !id.includes('end'));
        const got = frames.slice(0, 1 + at(cut, frames.length));
        const { answer } = history.outcome;
        const rest = read({ ...history, events: [] }, { modes, after: got.at(-1)?.id ?? null });
        expect(rest[0]).toMatchObject({
          event: 'gap',
          data: { from: got.at(-1)?.id, to: `${history.outcome.fence}-end` },
        });
        if (answer !== null) expect(gathered([...got, ...rest], answer.id)).toBe(answer.text);
        expect(rest.map(({ event }) => event)).not.toContain('metadata');
      }),
    );
  });
});
