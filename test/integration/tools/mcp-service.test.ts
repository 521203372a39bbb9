import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type McpHttpServer, startMcpHttpServer } from '../../fixtures/mcp/http-server.ts';
import { calls, openSlackRoom, type SlackRoom } from './slack-room.ts';

vi.setConfig({ testTimeout: 60_000 });

const PROGRAM = fileURLToPath(new URL('../../fixtures/mcp/stdio-server.ts', import.meta.url));
const TOKEN = 'of-the-tickets-0123456789';

const config = (url: string) => `
tools:
  mcp:
    local: { command: "${process.execPath}", args: ["${PROGRAM}"], env_from: [SHOWN] }
    remote: { url: "${url}", headers_env: { Authorization: Bearer TICKETS_TOKEN }, allow_private: true }
assistants:
  support: { model: local/m, tools: ["mcp:local", "mcp:remote/add"] }
`;

let remote: McpHttpServer;
let room: SlackRoom;
beforeAll(async () => {
  remote = await startMcpHttpServer();
  room = await openSlackRoom(config(remote.url), { SHOWN: 'yes', TICKETS_TOKEN: TOKEN });
});
afterAll(async () => {
  await room.close();
  await remote.close();
});

test('a model uses the servers of the configuration, a program and an address, and of each what its list names', async () => {
  const { vendor, ask, service } = room;
  vendor.will(
    'm',
    calls(
      { name: 'local_environment', args: { name: 'SHOWN' } },
      { name: 'local_environment', args: { name: 'TICKETS_TOKEN' } },
      { name: 'remote_add', args: { a: 1, b: 2 } },
      { name: 'remote_fail', args: {} },
    ),
  );

  const { read, said } = await ask('use them all');

  expect(read).toEqual(['yes', 'not set', '3', expect.stringMatching(/^There is no tool "remote_fail"\./)]);
  expect(said.at(-1)?.text).toBe('Hello from m.');
  expect(new Set(remote.headers.map(({ authorization }) => authorization))).toEqual(
    new Set([`Bearer ${TOKEN}`]),
  );
  expect(JSON.stringify([service.log, vendor.requests])).not.toContain(TOKEN);
});
