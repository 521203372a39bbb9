import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueKey } from '../../../src/app/keys/issue-key.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { type CodeBlock, codeBlocks, projectFile, ROOT } from '../../unit/docs/markdown.ts';

const run = promisify(execFile);

const CONFIG = `
assistants:
  support:
    model: { provider: scripted, delay_ms: 10, reply: Look at the status page first. }
  refunds:
    tools: [search_thread]
    approval: { search_thread: true }
    model:
      provider: scripted
      steps:
        - { calls: [{ name: search_thread, args: { query: order } }] }
        - { text: It is paid back. }
`;

/** Between what two blocks print, and after each call, so that answers stand on lines of their own. */
const BETWEEN = '\n--- next block ---\n';
const PRELUDE = `set -euo pipefail
curl() { command curl "$@"; echo; }
`;

/** Where a person puts in what is theirs. */
const isPlaceholder = ({ code }: CodeBlock) => code.includes('KEY=tr_…');

const blocks = codeBlocks(projectFile('docs/api.md')).filter((block) => !isPlaceholder(block));

let service: RelayService;
let env: NodeJS.ProcessEnv;
/** What each block of commands printed, by its place on the page. */
const printed = new Map<CodeBlock, string>();

beforeAll(async () => {
  service = await startRelayService({ config: CONFIG, slack: false, discord: false });
  const { secret } = await issueKey(service.stores.keys, {
    projectId: 'default',
    scope: 'write',
    name: null,
  });
  env = { ...process.env, API: service.services[0]?.url ?? '', KEY: secret };
  const commands = blocks.filter(({ language }) => language === 'sh');
  const script = commands.map(({ code }) => code).join(`printf '${BETWEEN.replaceAll('\n', '\\n')}'\n`);
  const { stdout } = await run('bash', ['-c', PRELUDE + script], { env });
  const outputs = stdout.split(BETWEEN);
  for (const [index, block] of commands.entries()) printed.set(block, outputs[index] ?? '');
}, 60_000);
afterAll(() => service.close());

test('every command of docs/api.md runs, and none is refused but the one that shows an error', () => {
  expect(printed.size).toBeGreaterThan(8);
  const refused = Array.from(printed.values()).filter((text) => /"(code|__error__)":/.test(text));
  expect(refused).toEqual([expect.stringContaining('"code":"invalid_input"')]);
});

test('what docs/api.md shows of an answer has the fields of the answer', () => {
  const shown = blocks.flatMap((block, index) => {
    const output = printed.get(blocks[index - 1] ?? block);
    return block.language === 'json' && output !== undefined ? [{ block, output }] : [];
  });

  expect(shown.length).toBeGreaterThan(4);
  for (const { block, output } of shown) {
    const answer = output.trim().split('\n').at(-1) ?? '';
    expect(shapeOf(JSON.parse(answer)), block.code).toEqual(shapeOf(JSON.parse(block.code)));
  }
});

test('the error that docs/api.md shows is told in these words', () => {
  const [shown] = blocks.filter(({ language, code }) => language === 'json' && code.includes('"error": {'));
  const [told] = Array.from(printed.values()).filter((text) => text.includes('"error":{'));
  expect(JSON.parse(told ?? '')).toEqual(JSON.parse(shown?.code ?? ''));
});

test('the stream that docs/api.md shows has the events of the stream, in their order', () => {
  const at = blocks.findIndex(({ language, code }) => language === 'text' && code.includes('event: end'));
  const block = blocks[at];
  const output = printed.get(blocks[at - 1] ?? { language: '', code: '' });

  expect(eventsOf(output ?? '')).toEqual(eventsOf(block?.code ?? 'none'));
});

test('every program of docs/api.md runs with the official client', async () => {
  const programs = blocks.filter(({ language }) => language === 'js');
  const outputs: string[] = [];
  for (const { code } of programs) {
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], {
      cwd: ROOT.pathname,
      env,
    });
    outputs.push(stdout);
  }
  expect(outputs).toEqual([
    expect.stringMatching(/1 messages\nLook at the status page first\.\n2 messages\n$/),
    expect.stringMatching(/^1-1\.0 metadata\n[^]* end\n$/),
    'search_thread {"query":"order"}\nIt is paid back.\n',
  ]);
}, 60_000);

/** Names of fields at every level, of a list those of its first element. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return 'value';
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, shapeOf(child)]));
}

/** The events of a stream; of several that follow one another, one. */
function eventsOf(text: string): string[] {
  const events = Array.from(text.matchAll(/^event: (\S+)$/gm), ([, event = '']) => event);
  return events.filter((event, index) => event !== events[index - 1]);
}
