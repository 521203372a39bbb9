import { expect, test } from 'vitest';
import { nameArguments } from '../../../../src/assistant/mcp/argument-names.ts';

const TEXT = { type: 'string' };

function named(...names: string[]) {
  const properties = Object.fromEntries(names.map((name) => [name, { ...TEXT, description: name }]));
  return nameArguments({ type: 'object', properties, required: names });
}

test('names that models can be told stay as they are', () => {
  const schema = { type: 'object', properties: { 'a.b-c_1': TEXT }, required: ['a.b-c_1'] };
  const { schema: told, asGiven } = nameArguments(schema);
  expect(told).toBe(schema);
  expect(asGiven({ 'a.b-c_1': 'x' })).toEqual({ 'a.b-c_1': 'x' });
  expect(nameArguments({ type: 'object' }).schema).toEqual({ type: 'object' });
});

test('other names become some that they can be told, each its own, and are what they were when the tool is called', () => {
  const own = [
    'filter[name]',
    'filter(name)',
    'filter_name',
    '$top',
    'größe',
    '',
    'x'.repeat(100),
    '__proto__ ',
  ];
  const { schema, asGiven } = named(...own);
  const told = Object.keys(schema['properties'] as object);

  for (const name of told) expect(name).toMatch(/^[a-zA-Z0-9_.-]{1,64}$/);
  expect(told).toHaveLength(own.length);
  expect(told.slice(0, 4)).toEqual(['filter_name_2', 'filter_name_3', 'filter_name', 'top']);
  expect(schema['required']).toEqual(told);
  expect(asGiven(Object.fromEntries(told.map((name, index) => [name, index])))).toEqual(
    Object.fromEntries(own.map((name, index) => [name, index])),
  );
});

test('arguments that the tool does not name stay as the model gave them', () => {
  expect(named('a b').asGiven({ a_b: 1, other: 2 })).toEqual({ 'a b': 1, other: 2 });
});
