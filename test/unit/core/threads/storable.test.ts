import { fc } from '../../../fixtures/fast-check.ts';
import { expect, test } from 'vitest';
import { storageFault } from '../../../../src/core/threads/storable.ts';

test.each([
  { value: null, fault: null },
  { value: { 'a.b': { $gt: 1 }, list: [1, [2]] }, fault: null },
  { value: { a: [{ 'x\0y': 1 }] }, fault: { path: 'v.a.0', why: 'has a key with a null byte' } },
  { value: { a: { _bsontype: 'Code' } }, fault: { path: 'v.a._bsontype', why: 'has the name of a type' } },
  { value: [{ _bsontype: 'Long' }], fault: { path: 'v.0._bsontype', why: 'has the name of a type' } },
  { value: [[[[1]]]], fault: { path: 'v.0.0.0', why: 'is nested too deeply' } },
])('$value: $fault', ({ value, fault }) => {
  expect(storageFault(value, 'v', 3)).toEqual(fault);
});

test('any JSON that is not nested too deeply and has no null bytes in its keys can be stored', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const hasNull = JSON.stringify(value)?.includes('\\u0000') ?? false;
      if (!hasNull) expect(storageFault(value, 'v', 20)).toBeNull();
    }),
  );
});
