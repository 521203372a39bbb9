import { expect, test } from 'vitest';
import { PROMISE_NUMBERS } from '../../../faults/promises.ts';
import { findPromiseFiles, promisesOf } from '../../../faults/report/find-files.ts';

const ROOT = new URL('../../../../', import.meta.url);

test('the promises of a file are found however its lines are broken, each once', () => {
  const text =
    "promise(12, 'x', {}); promise(\n  3,\n  'y'); promise(12, ''); promised(4, ''); promise(n, '')";

  expect(promisesOf(text)).toEqual([3, 12]);
});

test('every promise has a test', () => {
  const found = new Set(findPromiseFiles(ROOT).flatMap(({ promises }) => promises));

  expect(PROMISE_NUMBERS.filter((n) => !found.has(n))).toEqual([]);
});

test('every file that imports the fixture names its promises by their numbers', () => {
  const silent = findPromiseFiles(ROOT).filter(({ promises }) => promises.length === 0);

  expect(silent).toEqual([]);
});
