import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import type { McpServerConfig } from '../../../src/assistant/mcp/mcp-server-config.ts';
import { createMcpServers, type McpServers } from '../../../src/assistant/mcp/mcp-servers.ts';
import { mcpTools } from '../../../src/assistant/mcp/mcp-tools.ts';
import { createToolbox } from '../../../src/assistant/tools/toolbox.ts';
import { createGuardedFetch } from '../../../src/outbound/guarded-fetch.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { type McpHttpServer, startMcpHttpServer } from '../../fixtures/mcp/http-server.ts';
import { testScene } from '../../fixtures/scene.ts';

const VARIABLES: Record<string, string> = { SHOP_TOKEN: 'shop-secret-1', SHOWN: 'yes' };
const PROGRAM = fileURLToPath(new URL('../../fixtures/mcp/stdio-server.ts', import.meta.url));
const { signal } = new AbortController();

let warnings: string[] = [];
let servers: McpServers;
let remote: McpHttpServer | null = null;

afterEach(async () => {
  await servers.stop();
  await remote?.close();
  remote = null;
});

function openServers(): McpServers {
  warnings = [];
  const logger = {
    debug() {},
    info() {},
    error() {},
    warn: (_: object, text: string) => warnings.push(text),
  };
  return createMcpServers({
    fetch: async (allowPrivate) => createGuardedFetch({ allowPrivate }),
    readVariable: (name) => VARIABLES[name],
    logger,
  });
}

/** The tools of a server, as a model uses them. */
function use(server: McpServerConfig, only: string | null = null) {
  const logger = {
    debug() {},
    info() {},
    error() {},
    warn: (_: object, text: string) => warnings.push(text),
  };
  const toolbox = createToolbox(() => mcpTools(server, only, { servers, logger }), testScene());
  return {
    names: async () => (await toolbox.list(signal)).map(({ name }) => name),
    call: (name: string, args: Record<string, unknown> = {}) =>
      toolbox.call({ id: '1', name: `${server.name}_${name}`, args }, signal),
  };
}

const program = (timeoutMs = 8_000): McpServerConfig => ({
  kind: 'stdio',
  name: 'local',
  timeoutMs,
  command: process.execPath,
  args: [PROGRAM],
  envFrom: ['SHOWN'],
});

const address = (url: string, timeoutMs = 8_000): McpServerConfig => ({
  kind: 'http',
  name: 'remote',
  timeoutMs,
  url,
  secretHeaders: [{ header: 'Authorization', scheme: 'Bearer', env: 'SHOP_TOKEN' }],
  allowPrivate: true,
});

describe.each(['stdio', 'http'] as const)('an MCP server over %s', (kind) => {
  async function start(timeoutMs?: number): Promise<McpServerConfig> {
    servers = openServers();
    if (kind === 'stdio') return program(timeoutMs);
    remote = await startMcpHttpServer();
    return address(remote.url, timeoutMs);
  }

  test('gives its tools under its name, and what they answer', async () => {
    const server = await start();
    const { names, call } = use(server);

    expect(await names()).toContain(`${server.name}_add`);
    expect(await call('add', { a: 1, b: 2 })).toEqual({ result: '3', isError: false });
    expect(await call('picture')).toEqual({ result: '[image, image/png]', isError: false });
    expect(await call('fail')).toEqual({ result: 'The shelf is empty.', isError: true });
    const refused = await call('add', { a: 'x' });
    expect(refused).toMatchObject({ isError: true, result: expect.stringContaining('Invalid arguments') });
    expect(await use(server, 'add').names()).toEqual([`${server.name}_add`]);
  });

  test('is asked under its own names of arguments, also those that models cannot be told', async () => {
    const { call } = use(await start());

    const asked = await call('find', { filter_name: 'lamp', top: 3, plain: 'yes' });

    expect(asked).toEqual({ result: '{"filter[name]":"lamp","$top":3,"plain":"yes"}', isError: false });
  });

  test('that does not answer in time fails the call, and is used again', async () => {
    const { call } = use(await start(2_000));

    const waited = await call('wait');
    expect(waited).toEqual({ result: expect.stringContaining('does not answer'), isError: true });
    expect(await call('add', { a: 2, b: 2 })).toEqual({ result: '4', isError: false });
  });
});

test('a program that died is started again for the next call', async () => {
  servers = openServers();
  const { call } = use(program());
  const before = await call('pid');

  const died = await call('die');
  const after = await call('pid');

  expect(died.isError).toBe(true);
  expect(after).toMatchObject({ isError: false });
  expect(after.result).not.toBe(before.result);
});

test('a program gets the variables that the configuration names, and no others', async () => {
  servers = openServers();
  process.env['NOT_SHOWN'] = 'no';
  const { call } = use(program());

  expect((await call('environment', { name: 'SHOWN' })).result).toBe('yes');
  expect((await call('environment', { name: 'NOT_SHOWN' })).result).toBe('not set');
  expect((await call('environment', { name: 'SHOP_TOKEN' })).result).toBe('not set');
});

test('a program ends when the service stops', async () => {
  servers = openServers();
  const pid = Number((await use(program()).call('pid')).result);

  await servers.stop();

  await eventually(() => {
    try {
      process.kill(pid, 0);
      return null;
    } catch {
      return true;
    }
  }, 'the program is gone');
});

test('a server that forgot its sessions is greeted again within the call', async () => {
  servers = openServers();
  remote = await startMcpHttpServer();
  const { call } = use(address(remote.url));
  await call('add', { a: 1, b: 1 });

  remote.forgetSessions();

  expect(await call('add', { a: 1, b: 2 })).toEqual({ result: '3', isError: false });
  expect(new Set(remote.headers.map(({ authorization }) => authorization))).toEqual(
    new Set(['Bearer shop-secret-1']),
  );
});

test('tools of a server that is away are left out with a warning, and nobody waits for it again at once', async () => {
  servers = openServers();
  remote = await startMcpHttpServer();
  const { url } = remote;
  await remote.close();

  expect(await use(address(url)).names()).toEqual([]);
  expect(await use(address(url)).names()).toEqual([]);
  expect(warnings).toEqual([
    'a server of tools is away',
    'tools were left out, because their server is away',
    'tools were left out, because their server is away',
  ]);
});

test('a server in a private network is not spoken to unless the configuration allows it', async () => {
  servers = openServers();
  remote = await startMcpHttpServer();

  const names = await use({ ...address(remote.url), allowPrivate: false } as McpServerConfig).names();

  expect(names).toEqual([]);
  expect(remote.headers).toEqual([]);
});
