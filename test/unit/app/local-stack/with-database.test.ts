import { expect, test } from 'vitest';
import { withDatabase } from '../../../fixtures/stores.ts';

test.each([
  [
    'mongodb://%2Ftmp%2Fm.sock/?directConnection=true',
    'mongodb://%2Ftmp%2Fm.sock/mine?directConnection=true',
  ],
  ['mongodb://127.0.0.1:27017', 'mongodb://127.0.0.1:27017/mine?'],
  ['mongodb://me:pw@host/theirs', 'mongodb://me:pw@host/mine?authSource=theirs'],
  ['mongodb://me:pw@host/?authSource=x', 'mongodb://me:pw@host/mine?authSource=x'],
])('a test database replaces the one of %s', (uri, expected) => {
  expect(withDatabase(uri, 'mine')).toBe(expected);
});
