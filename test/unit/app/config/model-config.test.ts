import { expect, test } from 'vitest';
import { ConfigurationError } from '../../../../src/app/config/configuration-error.ts';
import { parseConfig } from '../../../../src/app/config/parse-config.ts';
import { routeInput } from '../../core/routing/route-inputs.ts';

const hasVariable = (name: string) => name === 'OPENAI_API_KEY';

function modelOf(model: string, more = '') {
  return parseConfig(`assistants: { a: { model: ${model} } }\n${more}`, { file: 'f' }).assistants.get('a')
    ?.model;
}

function faultsOf(text: string): string[] {
  try {
    parseConfig(text, { file: 'f', hasVariable });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.faults.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`);
  }
}

test('a name of provider and model is all that is needed', () => {
  expect(modelOf('openai/gpt-5-mini')).toMatchObject({
    provider: 'hosted',
    use: { provider: { name: 'openai', baseUrl: null, apiKeyEnv: 'OPENAI_API_KEY' }, name: 'gpt-5-mini' },
    fallbacks: [],
    firstTokenMs: 60_000,
    stallMs: 30_000,
    sees: true,
  });
  expect(modelOf('offline')).toMatchObject({ provider: 'offline' });
});

test('a provider of ones own has an address, and a model of it may have slashes in its name', () => {
  const providers = 'providers: { router: { base_url: "https://r.example/v1", api_key_env: ROUTER_KEY } }';
  expect(modelOf('{ use: router/meta/llama-3, fallbacks: [anthropic/claude] }', providers)).toMatchObject({
    use: { provider: { baseUrl: 'https://r.example/v1', apiKeyEnv: 'ROUTER_KEY' }, name: 'meta/llama-3' },
    fallbacks: [{ provider: { name: 'anthropic' }, name: 'claude' }],
  });
});

test('rules look at metadata, length, files and attempts', () => {
  const model = modelOf(`{ use: openai/a, rules: [
    { when: { thread.metadata.plan: free }, use: openai/b },
    { when: { message.length: { $gt: 10 }, message.attachments.count: 0 }, use: openai/c },
    { when: { run.attempt: 2 }, use: openai/d } ] }`);
  if (model?.provider !== 'hosted') throw new Error('not hosted');
  const holding = (input: Parameters<typeof routeInput>[0], attempt = 1) =>
    model.rules.map(({ holds }) => holds({ ...routeInput(input), run: { attempt } }).matched);
  expect(holding({ metadata: { plan: 'free' }, text: 'short' })).toEqual([true, false, false]);
  expect(holding({ text: 'long enough' }, 2)).toEqual([false, true, true]);
});

test('providers, addresses, keys and rules that cannot work are told with line and column', () => {
  const faults = faultsOf(`assistants:
  a: { model: opnai/gpt-5 }
  b: { model: anthropic/claude }
  c:
    model:
      use: openai/gpt-5
      fallbacks: [mine/x, nobody/y]
      rules: [{ when: { run.atempt: 2 }, use: anthropic/claude }]
providers:
  mine: { api_key_env: MINE_KEY }
routes: [{ name: r, when: { run.attempt: 2 }, to: {} }]
`);
  expect(faults).toEqual([
    '2:15 assistants.a.model there is no provider "opnai". Did you mean "openai"?',
    expect.stringMatching(/^3:15 assistants\.b\.model needs a key: set ANTHROPIC_API_KEY in the environment/),
    expect.stringMatching(/^7:19 assistants\.c\.model\.fallbacks\[0\] needs a key: set MINE_KEY/),
    expect.stringMatching(/^7:27 assistants\.c\.model\.fallbacks\[1\] there is no provider "nobody"\. Known/),
    expect.stringMatching(/^8:25 .*rules\[0\]\.when\["run\.atempt"\] .*Did you mean "run\.attempt"\?$/),
    expect.stringMatching(/^8:47 .*rules\[0\]\.use needs a key/),
    '10:3 providers.mine needs a "base_url", as https://host/v1',
    expect.stringMatching(/^11:29 routes\[0\].* "run\.attempt" is no field/),
  ]);
});

test('what is no model, and what would hold a secret, are told', () => {
  expect(faultsOf('assistants: { a: { model: gpt-5 } }')[0]).toContain('must be PROVIDER/MODEL, as openai/');
  expect(faultsOf('assistants: { a: { model: { use: openai/x, temprature: 1 } } }')[0]).toContain(
    'Did you mean "temperature"?',
  );
  expect(
    faultsOf(`providers:
  p:
    base_url: https://ada:secret@host/v1
    api_key_env: sk-12345
    headers: { Authorization: Bearer x }
`),
  ).toEqual([
    expect.stringMatching(
      /^3:15 providers\.p\.base_url must be an address like .* without user or password$/,
    ),
    expect.stringMatching(/^4:18 providers\.p\.api_key_env must be the name of an environment variable/),
    expect.stringMatching(/^4:18 providers\.p\.api_key_env must end with KEY/),
    expect.stringMatching(/^5:31 providers\.p\.headers\.Authorization is secret: name the variable/),
  ]);
});
