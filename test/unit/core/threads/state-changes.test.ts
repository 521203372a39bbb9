import { expect, test } from 'vitest';
import type { StateUpdate } from '../../../../src/core/ports.ts';
import { changesOf, referencesOf } from '../../../../src/core/threads/state-changes.ts';
import { says } from '../../../fixtures/admissions.ts';

const update = (overrides: Partial<StateUpdate>): StateUpdate => ({
  messages: [],
  removed: [],
  values: {},
  asNode: null,
  ...overrides,
});

const known = (id: string, sourceId: string | null = null) => ({
  id,
  sourceId,
  text: 'old',
  redactedAt: null,
});

test('a message is known by the id that a program gave it, by ours, and by ours as programs name it', () => {
  const there = [known('u1', 'api:a'), known('u2')];
  const wish = update({
    messages: [
      says('new a', { sourceId: 'api:a' }),
      says('new u2', { sourceId: 'api:u2' }),
      says('added', { sourceId: 'api:b' }),
    ],
    removed: ['u1', 'api:u2', 'api:unheard of'],
  });
  expect(referencesOf(wish)).toEqual(expect.arrayContaining(['api:a', 'u2', 'api:b', 'u1', 'unheard of']));
  const { appended, revised, removed } = changesOf(wish, there);
  expect(appended.map(({ text }) => text)).toEqual(['added']);
  expect(revised).toEqual([
    { messageId: 'u1', text: 'new a' },
    { messageId: 'u2', text: 'new u2' },
  ]);
  expect(removed).toEqual(['u1', 'u2']);
});

test('of messages with one id in one update the last counts, at the place of the first', () => {
  const wish = update({
    messages: [says('draft', { sourceId: 'api:a' }), says('between'), says('final', { sourceId: 'api:a' })],
  });
  expect(changesOf(wish, []).appended.map(({ text }) => text)).toEqual(['final', 'between']);
});

test('a message that is erased, or says this already, is not revised', () => {
  const wish = update({
    messages: [says('old', { sourceId: 'api:same' }), says('back', { sourceId: 'api:gone' })],
  });
  const there = [known('u1', 'api:same'), { ...known('u2', 'api:gone'), redactedAt: new Date() }];
  expect(changesOf(wish, there)).toMatchObject({ appended: [], revised: [], leavesMark: false });
});

test.each([
  { what: 'messages alone', wish: { messages: [says('hi')] }, marks: false },
  { what: 'messages of a named author', wish: { messages: [says('hi')], asNode: 'agent' }, marks: true },
  { what: 'values', wish: { values: { a: 1 } }, marks: true },
  { what: 'messages and values', wish: { messages: [says('hi')], values: { a: 1 } }, marks: true },
  { what: 'nothing', wish: {}, marks: true },
])('an update of $what takes a step of its own: $marks', ({ wish, marks }) => {
  expect(changesOf(update(wish), []).leavesMark).toBe(marks);
});
