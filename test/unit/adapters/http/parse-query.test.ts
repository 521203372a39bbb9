import { describe, expect, test } from 'vitest';
import { ApiError } from '../../../../src/adapters/http/errors.ts';
import { checkEncoding, parseQuery } from '../../../../src/adapters/http/parse-query.ts';

describe('a query', () => {
  test.each([
    ['', {}],
    ['a=1', { a: '1' }],
    ['a=1&a=2&a=3', { a: ['1', '2', '3'] }],
    ['a=x+y&b=%C3%A9', { a: 'x y', b: 'é' }],
    ['metadata[plan]=gold&metadata[city]=K%C3%B6ln', { metadata: { plan: 'gold', city: 'Köln' } }],
    ['metadata%5Bplan%5D=gold', { metadata: { plan: 'gold' } }],
    ['metadata[a]=1&metadata[a]=2', { metadata: { a: ['1', '2'] } }],
    ['metadata[a.b]=1', { metadata: { 'a.b': '1' } }],
    ['a[]=1', { 'a[]': '1' }],
  ])('%s is read', (text, expected) => {
    expect(parseQuery(text)).toEqual(expected);
  });

  test('reaches no prototype', () => {
    const query = parseQuery('__proto__=1&__proto__[polluted]=1&constructor[prototype]=1');

    expect(Object.getPrototypeOf(query)).toBe(Object.prototype);
    expect({}).not.toHaveProperty('polluted');
  });

  test('that encodes no UTF-8 is refused', () => {
    expect(() => checkEncoding('/threads?a=%FF')).toThrow(ApiError);
    expect(() => checkEncoding('/threads?a=100%')).toThrow(ApiError);
    expect(() => checkEncoding('/threads?a=%C3%A9&b=1+1')).not.toThrow();
    expect(() => checkEncoding('/threads')).not.toThrow();
  });
});
