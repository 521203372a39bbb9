import { describe, expect, test } from 'vitest';
import { projectFile } from '../../docs/markdown.ts';
import { faultsOf, parse } from './faults-of.ts';

/** The faults of an assistant's keys. */
function faultsOfAssistant(keys: string, more = ''): readonly string[] {
  return faultsOf(`assistants: { a: { model: { provider: scripted, reply: hi }, ${keys} } }\n${more}`).map(
    (fault) => fault.replace(/^\d+:\d+ /, ''),
  );
}

const SHOP = 'shop: { description: Asks the shop., url: "https://shop.example.com" }';

test('a tool of each kind is taken, with what its keys say', () => {
  const { assistants } = parse(`
assistants:
  support:
    model: { provider: scripted, reply: hi }
    tools: [run_code, order, mcp:files, mcp:tickets/search]
tools:
  http:
    order:
      description: Tells where an order is.
      url: https://shop.example.com/orders/{id}?lang={lang}
      input: { id: { max_length: 20 }, lang: { enum: [en, de], required: false } }
      headers: { X-Team: support, Idempotency-Key: fixed }
      headers_env: { Authorization: Bearer SHOP_TOKEN }
  mcp:
    files: { command: /opt/my tools/files, args: [--root, /srv], env_from: [SHOP_TOKEN], timeout_ms: 60000 }
    tickets: { url: "http://127.0.0.1:3000/mcp", headers_env: { X-Auth: TICKETS_TOKEN }, allow_private: true }
`);
  expect(assistants.get('support')?.tools).toMatchObject([
    { kind: 'built_in', name: 'run_code' },
    {
      kind: 'http',
      tool: { name: 'order', method: 'GET', secretHeaders: [{ scheme: 'Bearer', env: 'SHOP_TOKEN' }] },
    },
    { kind: 'mcp', tool: null, server: { kind: 'stdio', command: '/opt/my tools/files', timeoutMs: 60_000 } },
    { kind: 'mcp', tool: 'search', server: { kind: 'http', allowPrivate: true } },
  ]);
});

test('the assistant of the guide that uses everything is without fault', () => {
  const [, example = ''] = /```yaml\n(projects:.*?)```/s.exec(projectFile('docs/assistants.md')) ?? [];
  expect(faultsOf(example)).toEqual([]);
});

describe("an assistant's list of tools", () => {
  test.each([
    ['tools: [serch_thread]', 'a.tools[0] there is no tool "serch_thread". Did you mean "search_thread"?'],
    [
      'tools: [nothing_like_it]',
      'a.tools[0] there is no tool "nothing_like_it". Known are search_knowledge,',
    ],
    ['tools: ["mcp:ticket"]', 'a.tools[0] there is no tool "mcp:ticket". Did you mean "mcp:tickets"?'],
    ['tools: ["mcp:tickets/"]', 'a.tools[0] there is no tool "mcp:tickets/". Did you mean "mcp:tickets"?'],
    ['tools: [toString]', 'a.tools[0] there is no tool "toString".'],
    ['tools: search_thread', 'a.tools must be a list'],
    ['tools: [run_code, run_code]', 'a.tools[1] "run_code" is listed twice'],
    [
      'tools: ["mcp:tickets/search", tickets_search]',
      'a.tools[1] "tickets_search" would be a second tool named "tickets_search", beside "mcp:tickets/search": give it another name',
    ],
    ['tools: [set_metadata]', 'a.tools has set_metadata, which needs "metadata_keys": list the keys'],
    ['tools: [remember]', 'a.tools has remember, which needs "memory: true"'],
    [
      'tools: [run_code], approval: { shop: true }',
      `a.approval.shop is not an entry of this assistant's "tools". List it`,
    ],
    ['tools: [run_code], approval: { run_cod: true }', '"tools". Did you mean "run_code"?'],
    ['tools: [run_code], approval: { run_code: false }', 'a.approval.run_code must be true or a map'],
    [
      'tools: [set_metadata], metadata_keys: ["the topic"]',
      'a.metadata_keys[0] must be up to 64 letters, digits, "_" and "-"',
    ],
    ['tools: [set_metadata], metadata_keys: [plan.name]', 'a.metadata_keys[0] must be up to 64 letters'],
    ['tools: [set_metadata], metadata_keys: [__proto__]', 'a.metadata_keys[0] is a forbidden key'],
  ])('%s', (keys, told) => {
    const tools = `tools: { mcp: { tickets: { url: "https://t.example.com" } }, http: { tickets_search: ${SHOP.slice('shop: '.length)} } }`;
    expect(faultsOfAssistant(keys, tools)).toEqual([expect.stringContaining(told)]);
  });
});

describe('the name of a tool', () => {
  test.each([
    [`${SHOP}, ${SHOP}`, 'is not valid YAML: Map keys must be unique'],
    [SHOP.replace('shop', 'run_code'), 'tools.http.run_code is the name of a built-in tool: give it another'],
    [SHOP.replace('shop', 'search_files'), 'tools.http.search_files is the name of a built-in tool'],
    [SHOP.replace('shop', 'Shop'), 'tools.http.Shop the name must be lower case letters'],
    [SHOP.replace('shop', 'a/b'), 'tools.http["a/b"] the name must be lower case letters'],
  ])('{ %s }', (http, told) => {
    expect(faultsOf(`tools: { http: { ${http} } }`)).toEqual([expect.stringContaining(told)]);
  });
});

test('a tool without an address or a description is told so', () => {
  expect(faultsOf('tools:\n  http:\n    shop: {}\n    desk:')).toEqual([
    '3:11 tools.http.shop.description is missing',
    '3:11 tools.http.shop.url is missing',
    '4:5 tools.http.desk must be a map',
  ]);
});

describe('a server of tools', () => {
  test.each([
    ['{}', 'mcp.tickets takes exactly one of command, url; none is given'],
    [
      '{ command: npx, url: "https://t.example.com" }',
      'mcp.tickets takes exactly one of command, url; both are given',
    ],
    ['{ command: npx -y server }', 'mcp.tickets.command is one program: list its arguments under "args"'],
    ['{ command: npx, args: -y }', 'mcp.tickets.args must be a list'],
    ['{ command: npx, headers_env: { A: B_TOKEN } }', 'mcp.tickets.headers_env stands with "url" only'],
    ['{ command: npx, allow_private: false }', 'mcp.tickets.allow_private stands with "url" only'],
    [
      '{ command: npx, env_from: ["A=b"] }',
      'mcp.tickets.env_from[0] must be the name of an environment variable',
    ],
    ['{ url: "https://t.example.com", args: [a] }', 'mcp.tickets.args stands with "command" only'],
    ['{ url: "https://t.example.com", env_from: [A] }', 'mcp.tickets.env_from stands with "command" only'],
    ['{ url: tickets }', 'mcp.tickets.url must be an address like https://'],
    ['{ url: "https://{tenant}.example.com" }', 'mcp.tickets.url may not hold "{" or "}"'],
    [
      '{ url: "http://localhost:3000/mcp" }',
      'mcp.tickets.url leads to an address that is not public: set "allow_private',
    ],
    [
      '{ url: "https://t.example.com", timeout_ms: 60000 }',
      'mcp.tickets.timeout_ms must be at most 10000 with "url"',
    ],
    [
      '{ url: "https://t.example.com", headers: { A: b } }',
      'mcp.tickets.headers is not known here. Known are command, args, env_from, url, headers_env',
    ],
  ])('%s', (server, told) => {
    expect(faultsOf(`tools: { mcp: { tickets: ${server} } }`)).toEqual([expect.stringContaining(told)]);
  });
});

test('a variable that a used tool needs and that is not set is told, at its place', () => {
  const tools = `
tools:
  http:
    shop: { description: d, url: "https://s.example.com", headers_env: { Authorization: Bearer OTHER_TOKEN } }
    unused: { description: d, url: "https://s.example.com", headers_env: { Authorization: Bearer UNUSED_TOKEN } }
  mcp:
    files: { command: files, env_from: [SHOP_TOKEN, FILES_ROOT] }
    tickets: { url: "https://t.example.com", headers_env: { X-Auth: TICKETS_KEY } }`;
  const assistant =
    'model: { provider: scripted, reply: hi }, tools: [shop, "mcp:files", "mcp:tickets/search"]';
  const mend = 'set it in the environment, or take the tool from its assistants';

  expect(faultsOf(`assistants: { a: { ${assistant} }, b: { ${assistant} } }${tools}`)).toEqual([
    `4:89 tools.http.shop.headers_env.Authorization needs OTHER_TOKEN: ${mend}`,
    `7:53 tools.mcp.files.env_from[1] needs FILES_ROOT: ${mend}`,
    `8:69 tools.mcp.tickets.headers_env.X-Auth needs TICKETS_KEY: ${mend}`,
  ]);
});

test('all faults of tools are told at once', () => {
  expect(
    faultsOf(`tools:
  htp: {}
  http:
    shop: { description: d, url: "https://{host}", method: FETCH }
  mcp:
    files: {}
`),
  ).toEqual([
    '2:3 tools.htp is not known here. Did you mean "http"?',
    expect.stringMatching(/^4:\d+ tools\.http\.shop\.method must be one of/),
    '6:12 tools.mcp.files takes exactly one of command, url; none is given',
  ]);
});
