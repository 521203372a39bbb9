import { describe, expect, test } from 'vitest';
import { compilePredicate } from '../../../../src/core/routing/predicate.ts';
import { routeInput } from './route-inputs.ts';

function holds(when: unknown, given: Parameters<typeof routeInput>[0]): boolean {
  const { predicate, faults } = compilePredicate(when);
  expect(faults).toEqual([]);
  return predicate(routeInput(given)).matched;
}

function faultsOf(when: unknown): readonly string[] {
  return compilePredicate(when).faults.map(({ path, message }) => `${path.join('/')} ${message}`);
}

const metadata = {
  plan: 'pro',
  seats: 5,
  tags: ['billing', 'urgent'],
  items: [
    { kind: 'a', count: 1 },
    { kind: 'b', count: 9 },
  ],
  nothing: null,
};

describe('operators mean what they mean in MongoDB', () => {
  test.each<[string, unknown, boolean]>([
    ['a plain value', { 'thread.metadata.plan': 'pro' }, true],
    ['$eq', { 'thread.metadata.plan': { $eq: 'free' } }, false],
    ['$ne on a missing field', { 'thread.metadata.nowhere': { $ne: 1 } }, true],
    ['$in', { 'thread.metadata.plan': { $in: ['free', 'pro'] } }, true],
    ['$nin', { 'thread.metadata.plan': { $nin: ['free', 'pro'] } }, false],
    ['$gt and $lte together', { 'thread.metadata.seats': { $gt: 4, $lte: 5 } }, true],
    ['$lt across types', { 'thread.metadata.plan': { $lt: 9 } }, false],
    ['$gte on a missing field', { 'thread.metadata.nowhere': { $gte: 0 } }, false],
    ['$exists', { 'thread.metadata.seats': { $exists: true } }, true],
    ['$exists false', { 'thread.metadata.nowhere': { $exists: false } }, true],
    ['null on a missing field', { 'thread.metadata.nowhere': null }, true],
    ['null on null', { 'thread.metadata.nothing': null }, true],
    ['one element of a list', { 'thread.metadata.tags': 'billing' }, true],
    ['a whole list', { 'thread.metadata.tags': ['billing', 'urgent'] }, true],
    ['$all', { 'thread.metadata.tags': { $all: ['urgent', 'billing'] } }, true],
    ['$all with one missing', { 'thread.metadata.tags': { $all: ['urgent', 'legal'] } }, false],
    ['$size', { 'thread.metadata.tags': { $size: 2 } }, true],
    ['a path through a list', { 'thread.metadata.items.kind': 'b' }, true],
    ['an index in a path', { 'thread.metadata.items.0.kind': 'b' }, false],
    ['$elemMatch over fields', { 'thread.metadata.items': { $elemMatch: { kind: 'a', count: 9 } } }, false],
    ['$elemMatch over values', { 'thread.metadata.tags': { $elemMatch: { $regex: '^bill' } } }, true],
    ['$regex with $options', { 'thread.metadata.plan': { $regex: '^PR', $options: 'i' } }, true],
    ['$regex on a number', { 'thread.metadata.seats': { $regex: '5' } }, false],
    ['$not', { 'thread.metadata.plan': { $not: { $in: ['pro'] } } }, false],
    ['$and', { $and: [{ 'thread.metadata.plan': 'pro' }, { 'thread.metadata.seats': 6 }] }, false],
    ['$or', { $or: [{ 'thread.metadata.plan': 'x' }, { 'thread.metadata.seats': 5 }] }, true],
    ['$nor', { $nor: [{ 'thread.metadata.plan': 'x' }, { 'thread.metadata.seats': 6 }] }, true],
    ['several fields', { 'thread.metadata.plan': 'pro', 'author.roles': 'guest' }, false],
    ['origin', { 'thread.origin.platform': 'slack', 'thread.origin.tenant': 'T1' }, true],
    ['an object regardless of key order', { 'thread.metadata.items': { count: 1, kind: 'a' } }, true],
    ['nothing', {}, true],
  ])('%s', (_, when, expected) => {
    expect(holds(when, { metadata })).toBe(expected);
  });
});

test('fields that are missing are no errors', () => {
  const { predicate } = compilePredicate({ 'author.roles': 'x', 'thread.origin.platform': 'slack' });
  const input = { thread: { metadata: {} }, message: { text: '' }, author: null };
  expect(predicate(input).matched).toBe(false);
});

test('a regular expression takes linear time on hostile text', () => {
  const started = performance.now();
  expect(holds({ 'message.text': { $regex: '(a+)+$' } }, { text: `${'a'.repeat(40_000)}!` })).toBe(false);
  expect(performance.now() - started).toBeLessThan(2_000);
});

test('what metadata inherits is no metadata', () => {
  expect(holds({ 'thread.metadata.toString': { $exists: true } }, {})).toBe(false);
  expect(holds({ 'thread.metadata.list.length': 0 }, { metadata: { list: [] } })).toBe(false);
});

describe('what cannot be used is refused with its place', () => {
  test.each<[string, unknown, RegExp]>([
    ['$where on top', { $where: 'true' }, /^\$where "\$where" cannot stand/],
    ['$where on a field', { 'message.text': { $where: '1' } }, /^message\.text\/\$where .*no operator/],
    ['$expr', { $expr: {} }, /^\$expr /],
    ['a misspelt operator', { 'message.text': { $regx: 'a' } }, /Did you mean "\$regex"/],
    ['a misspelt field', { 'author.nam': 'x' }, /Did you mean "author\.name"/],
    ['a nested map', { thread: { metadata: { plan: 'pro' } } }, /Join the names: thread\.metadata/],
    ['__proto__ in a path', { 'thread.metadata.__proto__.x': 1 }, /forbidden key "__proto__"/],
    ['constructor in a path', { 'thread.metadata.constructor': 1 }, /forbidden key "constructor"/],
    [
      'a forbidden key in $elemMatch',
      { 'thread.metadata.a': { $elemMatch: { constructor: 1 } } },
      /forbidden key/,
    ],
    ['lookahead', { 'message.text': { $regex: '(?=a)' } }, /RE2/],
    ['a back reference', { 'message.text': { $regex: '(a)\\1' } }, /RE2/],
    ['an unknown option', { 'message.text': { $regex: 'a', $options: 'x' } }, /unknown option "x"/],
    ['a long pattern', { 'message.text': { $regex: 'a'.repeat(1_001) } }, /longer than 1000/],
    ['options alone', { 'message.text': { $options: 'i' } }, /without \$regex/],
    ['$in without a list', { 'message.text': { $in: 'a' } }, /\$in takes a list/],
    ['$or in a list of no maps', { $or: ['a'] }, /^\$or\/0 /],
    ['a list as a condition', [], /A condition is a map/],
    ['operators among values', { 'message.text': { $eq: 'a', b: 1 } }, /"b" stands among operators/],
  ])('%s', (_, when, expected) => {
    expect(faultsOf(when)).toContainEqual(expect.stringMatching(expected));
  });

  test('nesting without end', () => {
    let when: unknown = {};
    for (let depth = 0; depth < 5_000; depth++) when = { $and: [when] };
    expect(faultsOf(when)).toContainEqual(expect.stringMatching(/nested more than 8 deep/));
  });
});
