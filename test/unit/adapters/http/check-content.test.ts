import { describe, expect, test } from 'vitest';
import { checkContent } from '../../../../src/adapters/http/check-content.ts';

function faultIn(json: string): unknown {
  try {
    checkContent(JSON.parse(json), '');
    return null;
  } catch (thrown) {
    return thrown;
  }
}

describe('content', () => {
  test.each([
    ['half of a surrogate pair', '{"a":["\\ud83d"]}', 'a.0'],
    ['half of a surrogate pair in a key', '{"a":{"\\ude00":1}}', 'a'],
    ['a null byte', '{"a":{"b":"x\\u0000y"}}', 'a.b'],
    ['a null byte in a key', '{"x\\u0000":1}', 'a key'],
    ['a number beyond all bounds', '{"a":1e400}', 'a'],
    ['a key that reaches the prototype', '{"a":{"__proto__":{"b":1}}}', 'a.__proto__'],
  ])('with %s is refused, and the field is named', (_what, json, field) => {
    expect(faultIn(json)).toMatchObject({ code: 'invalid_input', details: { field } });
  });

  test('is refused when it is nested without end', () => {
    const deep = '['.repeat(10_000) + ']'.repeat(10_000);

    expect(faultIn(deep)).toMatchObject({ code: 'invalid_input' });
  });

  test.each([
    '{"a":"😀 é \\n"}',
    '[1.5,-0,1e300,true,null]',
    `${'['.repeat(60)}${']'.repeat(60)}`,
    '"x"',
    'null',
  ])('%s is taken', (json) => {
    expect(faultIn(json)).toBeNull();
  });
});
