import { describe, expect, test } from 'vitest';
import { faultsOf } from './faults-of.ts';

/** The faults of a tool that is one request; what is left out is without fault. */
function faultsOfHttp(tool: string, url = 'https://shop.example.com/orders'): readonly string[] {
  const keys = ['description: Asks the shop.', `url: "${url}"`, tool].filter((key) => key !== '');
  return faultsOf(`tools: { http: { shop: { ${keys.join(', ')} } } }`).map((fault) =>
    fault.replace(/^1:\d+ /, ''),
  );
}

describe('where a tool asks', () => {
  const address = 'must be an address like https://api.example.com/orders';
  test.each([
    ['', address],
    ['shop.example.com/orders', address],
    ['ftp://shop.example.com', address],
    ['https:/shop.example.com', address],
    ['https://shop.example.com/a b', address],
    ['https://ada:pass@shop.example.com', 'may not hold a user name or password: put them into headers_env'],
    ['https://shop.example.com/{id', 'holds a "{" or "}" that names no field'],
    ['https://shop.example.com/{}', 'holds a "{" or "}" that names no field'],
    ['https://shop.example.com/{order}', 'holds {order}, which "input" does not declare'],
    ['https://shop.example.com/{toString}', 'holds {toString}, which "input" does not declare'],
    ['https://shop.example.com/{maybe}', 'holds {maybe} in its path, so the field must be required'],
    ['https://shop.example.com/#{id}', 'holds a "#": what follows it is never sent'],
    [
      'https://shop.example.com/?a=1&api_key=abc',
      'holds a secret in "api_key", and this file is not secret:',
    ],
    ['https://127.0.0.1/orders', 'leads to an address that is not public: set "allow_private: true" if this'],
    ['https://2130706433/orders', 'leads to an address that is not public'],
    ['https://[::1]/orders', 'leads to an address that is not public'],
    ['https://shop.localhost:8080', 'leads to an address that is not public'],
    ['https://shop.example.com:6379', 'has a port that is not one of the web: set "allow_private: true"'],
  ])('%s', (url, told) => {
    const input = 'input: { id: {}, maybe: { required: false } }';
    expect(faultsOfHttp(input, url)).toEqual([expect.stringContaining(`tools.http.shop.url ${told}`)]);
  });

  // Each of them is read as a host by a parser of URLs.
  test.each([
    'https://{id}',
    'https://{id}/orders',
    'https://{id}.example.com',
    'https://shop.example.com:{id}/',
    'https://shop.example.com{id}/',
    'https://{id}@shop.example.com/',
    'https:/{id}/orders',
    'https:{id}/orders',
    'https:///{id}/orders',
    'https:/\\\\{id}/orders',
    'https:\\\\\\\\{id}/orders',
    'ht\\ttps:/{id}/orders',
    ' https:/{id}/orders',
    '{id}',
    '//{id}/',
  ])('is never for the model to say: %s', (url) => {
    expect(faultsOfHttp('input: { id: {} }', url)).toEqual([
      expect.stringMatching(
        /^tools\.http\.shop\.url (may hold \{fields\} in its path and query only|must be an)/,
      ),
    ]);
  });
});

describe('what a tool sends', () => {
  test.each([
    ['method: get', 'method must be one of GET, POST, PUT, PATCH, DELETE. Did you mean "GET"?'],
    ['method: TRACE', 'method must be one of GET, POST, PUT, PATCH, DELETE.'],
    ['body: { a: b }', 'body is not sent with GET: set "method", as POST'],
    ['method: POST, body: { a: "{id}" }', 'body holds {id}, which "input" does not declare'],
    [
      'method: POST, body: { a: 1 }, input: { id: {} }',
      'input.id is never sent: neither "url" nor "body" holds {id}',
    ],
    ['method: POST, body: [a]', 'body must be a map'],
    ['input: { id: { type: integer, enum: ["1"] } }', 'input.id.enum bounds texts only: take it away'],
    [
      'input: { id: { type: boolean, max_length: 3 } }',
      'input.id.max_length bounds texts only: take it away',
    ],
    ['input: { id: { type: text } }', 'input.id.type must be one of string, number, integer, boolean.'],
    ['input: { id: { requird: true } }', 'input.id.requird is not known here. Did you mean "required"?'],
    ['input: { "a-b": {} }', 'input.a-b the name must be letters, digits and "_" and start with a letter'],
    [
      'headers: { Authorization: Bearer abc }',
      'headers.Authorization is secret: name the variable that holds it in "headers_env"',
    ],
    ['headers: { X-Api-Key: abc }', 'headers.X-Api-Key is secret'],
    ['headers: { X-Team: "a\\nb" }', 'headers.X-Team must be one line of Latin characters'],
    ['headers: { Host: other.example.com }', 'headers.Host is set by threadrelay itself: take it away'],
    ['headers: { "a b": c }', 'headers["a b"] the name must be that of an HTTP header'],
    ['headers: { X-Team: a, x-team: b }', 'headers.x-team is given twice: a header has one value'],
    ['headers_env: { Authorization: Basic NO_TOKEN }, headers: { authorization-mode: a }', null],
    [
      'headers_env: { Authorization: Bearer sk-live-1234 }',
      'must name an environment variable, as `SHOP_TOKEN`',
    ],
    ['headers_env: { Authorization: Bearer abcd1234 }', 'must name an environment variable, as `SHOP_TOKEN`'],
    ['headers_env: { Authorization: abcd.efgh.ijkl }', 'must name an environment variable, as `SHOP_TOKEN`'],
    ['timeout_ms: 60000', 'timeout_ms must be at most 10000'],
    ['allow_private: maybe', 'allow_private must be true or false'],
    ['ur: x', 'ur is not known here. Did you mean "url"?'],
  ])('%s', (tool, told) => {
    const faults = faultsOfHttp(tool);
    expect(faults).toEqual(told === null ? [] : [expect.stringContaining(told)]);
    // What stands where a secret would is not repeated to terminals and logs.
    expect(faults.join()).not.toMatch(/sk-live|abcd/);
  });

  test('secrets need TLS, or a host of ones own', () => {
    const keys = 'headers_env: { Authorization: Bearer SHOP_TOKEN }';
    expect(faultsOfHttp(keys, 'http://shop.example.com')).toEqual([
      'tools.http.shop.url must begin with https:// where headers_env are sent, or the host must be allowed to be private',
    ]);
    expect(faultsOfHttp(`${keys}, allow_private: true`, 'http://shop.example.com')).toEqual([]);
  });
});
