import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../../../src/app/config/configuration-error.ts';
import { defaultConfig, parseConfig } from '../../../../src/app/config/parse-config.ts';

const ASSISTANTS = 'assistants: {support: {model: {provider: scripted, reply: hi}}}';

function parse(text: string) {
  return parseConfig(text, { file: 'threadrelay.yaml', workflows: ['assistant'] });
}

/** Each fault as `line:column path message`. */
function faultsOf(text: string): readonly string[] {
  try {
    parse(text);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.faults.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`);
  }
}

test('an empty file gives the defaults: both platforms, answers on mention, one assistant that echoes', () => {
  const config = parse('# nothing yet\n');
  expect(config).toEqual(defaultConfig());
  expect(config.bindings.map(({ platform, answer }) => [platform, answer])).toEqual([
    ['slack', 'mention'],
    ['discord', 'mention'],
  ]);
  expect([...config.assistants.keys()]).toEqual(['echo']);
});

test('a section whose content is commented out counts as left out', () => {
  expect(parse(`${ASSISTANTS}\nroutes:\n#  - name: x\nslack:\n`).routes).toEqual([]);
});

test('what a binding leaves out is taken from the platform, then from the first entries of the file', () => {
  const config = parse(`
projects: {main: {}, acme: }
assistants:
  support: {model: {provider: scripted, reply: hi}}
  vip: {model: {provider: scripted, tokens: 5, delay_ms: 0}, multitask: collect}
slack:
  direct_messages: false
  teams:
    - {id: T1, project: acme, assistant: vip, channels: [{name: help}]}
`);
  expect(config.bindings[0]).toEqual({
    platform: 'slack',
    tenant: 'T1',
    project: 'acme',
    assistant: 'vip',
    answer: 'mention',
    directMessages: false,
    channels: [{ kind: 'channel', name: 'help', answer: 'every_message', assistant: 'vip' }],
  });
  expect(config.bindings[1]).toMatchObject({ project: 'main', assistant: 'support' });
  expect(config.assistants.get('vip')).toMatchObject({
    multitask: 'collect',
    model: { provider: 'scripted', tokens: 5, delayMs: 0 },
  });
});

test('steps of a scripted model come out in order, each of one kind', () => {
  const config = parse(`
assistants:
  flaky:
    model:
      provider: scripted
      steps: [{text: "Hi {{author}}"}, {tokens: 20}, {wait_ms: 5}, {error: overloaded}]
`);
  expect(config.assistants.get('flaky')?.model).toEqual({
    provider: 'scripted',
    delayMs: 15,
    steps: [
      { kind: 'text', text: 'Hi {{author}}' },
      { kind: 'tokens', tokens: 20 },
      { kind: 'wait', waitMs: 5 },
      { kind: 'error', message: 'overloaded', retryable: true },
    ],
  });
});

test('all faults of shape are told at once, each at its line and column', () => {
  const faults = faultsOf(`projcts: {}
assistants:
  support:
    model: {provider: scripted, reply: "{{txt}}"}
    multitask: enqeue
  Bad: {model: {provider: scripted, reply: a}}
  gpt:
    model: {provider: gpt}
discord:
  forums: [{answer: every_message}, {id: 123456789012345678}]
limits: {attempts: 0}
routes:
  - to: {prioritty: high}
`);
  expect(faults).toEqual([
    '1:1 projcts is not known here. Did you mean "projects"?',
    expect.stringMatching(/^4:40 assistants\.support\.model\.reply has the unknown placeholder \{\{txt\}\}/),
    expect.stringMatching(/^5:16 assistants\.support\.multitask must be one of .* Did you mean "enqueue"\?$/),
    expect.stringMatching(/^6:3 assistants\.Bad the name must be lower case/),
    '8:23 assistants.gpt.model.provider must be one of hosted, offline, scripted',
    '10:12 discord.forums[0] needs an "id" or a "name"',
    '10:42 discord.forums[1].id must be text: put it in quotes',
    '11:20 limits.attempts must be at least 1',
    '13:5 routes[0].name is missing',
    '13:10 routes[0].to.prioritty is not known here. Did you mean "priority"?',
  ]);
});

test('all names that are declared nowhere and rules that cannot work are told at once', () => {
  const faults = faultsOf(`${ASSISTANTS}
slack: {project: defalt, channels: [{name: a}, {name: "#A", assistant: suport}]}
discord: {guilds: [{id: "1"}, {id: "1"}]}
extract: [{from: message.text, pattern: "TICKET"}]
routes:
  - name: a
    when: {message.text: {$where: "1"}}
    to: {workflow: assistnt, assistant: nobody}
  - {name: a, to: {}}
`);
  expect(faults).toEqual([
    '2:18 slack.project there is no project "defalt". Did you mean "default"?',
    '2:55 slack.channels[1].name "a" is listed twice',
    '2:72 slack.channels[1].assistant there is no assistant "suport". Did you mean "support"?',
    '3:36 discord.guilds[1].id "1" is listed twice',
    expect.stringMatching(/^4:32 extract\[0\]\.pattern The pattern names no group/),
    expect.stringMatching(/^7:27 routes\[0\]\.when\["message\.text"\]\.\$where /),
    '8:20 routes[0].to.workflow there is no workflow "assistnt". Did you mean "assistant"?',
    '8:41 routes[0].to.assistant there is no assistant "nobody". Known are support.',
    '9:6 routes[1].name Another route is named "a".',
  ]);
});

test('a workflow is not checked when nobody says which are registered', () => {
  const text = `${ASSISTANTS}\nroutes: [{name: a, to: {workflow: mine}}]`;
  expect(parseConfig(text, { file: 'f' }).routes[0]?.to.workflow).toBe('mine');
});

describe('hostile and broken files are faults, never a crash', () => {
  test.each<[string, string, RegExp]>([
    ['broken syntax', 'routes: [', /^1:\d+ {2}is not valid YAML/],
    ['a key given twice', 'limits: {}\nlimits: {}', /^2:1 /],
    ['a list as a file', '- a', /must be a map/],
    ['text as a file', 'hello', /must be a map/],
    ['two documents', 'limits: {}\n---\nlimits: {}', /is not valid YAML/],
    ['an unknown tag', 'limits: !!js/function x', /is not valid YAML/],
    ['__proto__', 'projects: {__proto__: {}}', /^1:12 .*forbidden/],
    [
      'constructor in metadata',
      `${ASSISTANTS}\nroutes: [{name: a, to: {metadata: {constructor: 1}}}]`,
      /forbidden/,
    ],
    ['an alias bomb', aliasBomb(), /aliases/],
    ['nesting of 200', `routes: ${'['.repeat(200)}${']'.repeat(200)}`, /nested too deep/],
    ['nesting of 20,000', '['.repeat(20_000), /./],
    ['no assistants', 'assistants: {}', /^1:13 assistants must name at least one/],
    ['null bytes', 'limits: \u0000', /./],
  ])('%s', (_, text, expected) => {
    expect(faultsOf(text)).toContainEqual(expect.stringMatching(expected));
  });
});

function aliasBomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 9; level++) {
    const before = Array.from({ length: 9 }, () => `*a${level - 1}`).join(', ');
    lines.push(`a${level}: &a${level} [${before}]`);
  }
  return lines.join('\n');
}
