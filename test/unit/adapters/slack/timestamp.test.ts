import { fc } from '../../../fixtures/fast-check.ts';
import { expect, test } from 'vitest';
import { dateToTs, isTs, tsBefore, tsToDate } from '../../../../src/adapters/slack/timestamp.ts';

const dates = fc.date({ min: new Date('2001-09-10'), max: new Date('2200-01-01'), noInvalidDate: true });

test('a time survives the way to a ts and back, and order stays order', () => {
  fc.assert(
    fc.property(dates, dates, (left, right) => {
      expect(isTs(dateToTs(left))).toBe(true);
      expect(tsToDate(dateToTs(left))).toEqual(left);
      expect(dateToTs(left) < dateToTs(right)).toBe(left < right);
    }),
  );
});

test('nothing lies between a ts and the one before it', () => {
  expect(tsBefore('1700000000.000100')).toBe('1700000000.000099');
  expect(tsBefore('1700000000.000000')).toBe('1699999999.999999');
});
