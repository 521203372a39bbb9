import { fc } from '../../../fixtures/fast-check.ts';
import { expect, test } from 'vitest';
import { fromCursor, toCursor } from '../../../../src/adapters/http/cursor.ts';

test('a cursor gives back the position it was made of', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date(8.64e15), noInvalidDate: true }),
      fc.uuid(),
      (updatedAt, id) => {
        expect(fromCursor(toCursor({ updatedAt, id }))).toEqual({ updatedAt, id });
      },
    ),
  );
});

test('text that is no cursor is refused, whatever it holds', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
      expect(() => fromCursor(text)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
    }),
  );
  const far = Buffer.from('9999999999999999 x').toString('base64url');
  expect(() => fromCursor(far)).toThrow(expect.objectContaining({ details: { field: 'cursor' } }));
});
