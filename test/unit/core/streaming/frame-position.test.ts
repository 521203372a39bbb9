import { fc } from '../../../fixtures/fast-check.ts';
import { describe, expect, test } from 'vitest';
import {
  afterEvent,
  frameId,
  isBehind,
  parseFrameId,
} from '../../../../src/core/streaming/frame-position.ts';

const ids = fc
  .record({
    fence: fc.nat(),
    seq: fc.oneof(fc.nat(), fc.constantFrom('rest', 'end')),
    part: fc.option(fc.nat(999_999)),
  })
  .map(({ fence, seq, part }) => `${fence}-${seq}${part === null ? '' : `.${part}`}`);

function position(id: string) {
  const parsed = parseFrameId(id);
  if (parsed === null) throw new Error(`${id} is no frame's id`);
  return parsed;
}

describe('the id of a frame', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(ids, (id) => {
        expect(frameId(position(id))).toBe(id);
      }),
    );
  });

  test('orders frames: by fence, event and part, what is waited for after all events, then the outcome, and the last part after all', () => {
    const ordered = [
      '0-end',
      '1-1.0',
      '1-1',
      '1-2',
      '1-10.9',
      '1-10.10',
      '1-10',
      '1-rest.0',
      '1-rest',
      '1-end.0',
      '1-end',
      '2-1.0',
    ];
    for (const [left, leftId] of ordered.entries()) {
      for (const [right, rightId] of ordered.entries()) {
        expect(isBehind(position(leftId), position(rightId))).toBe(left > right);
      }
    }
  });

  test('of an event stands for all its frames', () => {
    expect(frameId(afterEvent('3-7'))).toBe('3-7');
  });

  test('that no frame has is none', () => {
    for (const id of [
      '',
      '-1',
      '1',
      '1-',
      '1-2-3',
      '1-2.',
      '1-2.end',
      '1-2.rest',
      'x-1',
      '1-x',
      ' 1-2',
      '1-2 ',
      '1e9-2',
    ]) {
      expect(parseFrameId(id)).toBeNull();
    }
    expect(parseFrameId(`1-${'9'.repeat(16)}`)).toBeNull();
  });
});
