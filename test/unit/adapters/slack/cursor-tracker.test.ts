import { fc } from '../../../fixtures/fast-check.ts';
import { expect, test } from 'vitest';
import { CursorTracker } from '../../../../src/adapters/slack/cursor-tracker.ts';

const ts = (second: number) => `17000000${String(second).padStart(2, '0')}.000000`;

test('a position follows what is persisted', () => {
  const tracker = new CursorTracker();
  tracker.enter('C1', ts(1))();
  tracker.enter('C1', ts(3))();
  expect(tracker.moved().channels).toEqual(new Map([['C1', ts(3)]]));
});

test('a position never passes an event that is not persisted, however the others end', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 1 }), fc.nat(7), (order, lost) => {
      const tracker = new CursorTracker();
      const entered = new Map(
        [0, 1, 2, 3, 4, 5, 6, 7].map((second) => [second, tracker.enter('C1', ts(second))]),
      );
      for (const second of order) if (second !== lost) entered.get(second)?.();
      const position = tracker.moved().channels.get('C1');
      expect(position === undefined || position < ts(lost)).toBe(true);
    }),
  );
});

test('a redelivery that is persisted settles the failed one', () => {
  const tracker = new CursorTracker();
  tracker.enter('C1', ts(1));
  tracker.enter('C1', ts(2))();
  expect(tracker.moved().channels.get('C1')).toBe('1700000000.999999');
  tracker.enter('C1', ts(1))();
  expect(tracker.moved().channels.get('C1')).toBe(ts(2));
});

test('positions stand still while a gap is open, each channel for itself', () => {
  const tracker = new CursorTracker();
  tracker.openGaps();
  tracker.enter('C1', ts(5))();
  tracker.enter('C2', ts(6))();
  expect(tracker.moved()).toEqual({ channels: new Map(), everywhere: null });
  tracker.narrowGaps(['C1']);
  expect(tracker.moved()).toEqual({ channels: new Map([['C2', ts(6)]]), everywhere: null });
  tracker.closeGap('C1', ts(4));
  expect(tracker.moved().channels).toEqual(
    new Map([
      ['C1', ts(5)],
      ['C2', ts(6)],
    ]),
  );
  expect(tracker.moved().everywhere).toBe(ts(6));
});

test('what was saved is not saved again', () => {
  const tracker = new CursorTracker();
  tracker.enter('C1', ts(1))();
  tracker.noteSaved(tracker.moved().channels);
  expect(tracker.moved().channels.size).toBe(0);
});
