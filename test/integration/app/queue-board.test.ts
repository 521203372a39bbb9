import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { issueKey } from '../../../src/app/keys/issue-key.ts';
import { SCOPES } from '../../../src/core/ports/access.ts';
import type { Scope } from '../../../src/core/ports.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';

let house: RelayService;
let url: string;
let secrets: Record<Scope, string>;

beforeAll(async () => {
  // Without a worker, rings wait.
  house = await startRelayService({ slack: false, discord: false, roles: [['api'], ['slack']] });
  url = house.services[0]?.url ?? '';
  const made = await Promise.all(
    SCOPES.map(async (scope) => {
      const { secret } = await issueKey(house.stores.keys, { projectId: 'default', scope, name: null });
      return [scope, secret] as const;
    }),
  );
  secrets = Object.fromEntries(made) as Record<Scope, string>;
});
afterAll(() => house.close());

const basic = (password: string) => ({ authorization: `Basic ${btoa(`anybody:${password}`)}` });

function board(path: string, headers: Record<string, string>, method = 'GET'): Promise<Response> {
  return fetch(`${url}/admin/queues${path}`, { method, headers });
}

test.each<[string, () => Record<string, string>]>([
  ['no key', () => ({})],
  ['a key that there is not', () => basic(`tr_${'a'.repeat(43)}`)],
  ['a name without a password', () => basic('')],
])('%s is asked for the password of the board, as a browser understands it', async (_, headers) => {
  for (const path of ['', '/', '/api/queues', '/static/favicon-32x32.png', '/queue/threads']) {
    const response = await board(path, headers());
    expect(response.status, path).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    expect(await response.json()).toMatchObject({ error: { code: 'unauthorized' } });
  }
});

test.each(['read', 'write'] as const)('a key with the scope %s is not let in', async (scope) => {
  const response = await board('', { 'x-api-key': secrets[scope] });
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({ error: { code: 'forbidden' } });
});

test('an admin key opens the page, in whichever way it is sent, and nothing of the page comes from elsewhere', async () => {
  const ways = [
    { 'x-api-key': secrets.admin },
    { authorization: `Bearer ${secrets.admin}` },
    basic(secrets.admin),
  ];
  for (const headers of ways) {
    const response = await board('', headers);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('http');
    const page = await response.text();
    const own = Array.from(page.matchAll(/(?:src|href)="(static\/[^"]+)"/g), ([, path = '']) => path);
    expect(own.length).toBeGreaterThan(3);
    for (const path of own) expect((await board(`/${path}`, headers)).status, path).toBe(200);
  }
});

test('the board shows the rings that wait, and changes nothing', async () => {
  const started = await fetch(`${url}/runs`, {
    method: 'POST',
    headers: { 'x-api-key': secrets.write, 'content-type': 'application/json' },
    body: JSON.stringify({ assistant_id: 'echo', input: { messages: [{ role: 'user', content: 'hello' }] } }),
  });
  expect(started.status).toBe(200);
  const queues = async () => {
    const { queues } = z
      .object({ queues: z.array(z.unknown()) })
      .parse(await (await board('/api/queues', basic(secrets.admin))).json());
    return queues;
  };

  expect(await queues()).toMatchObject([
    { name: 'threads', readOnlyMode: true, counts: { prioritized: 1 } },
    { name: 'deliveries', readOnlyMode: true },
  ]);
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    const changed = await board('/api/queues/threads/pause', basic(secrets.admin), method);
    expect(changed.status, method).toBe(404);
  }
  expect(await queues()).toMatchObject([{ isPaused: false, counts: { prioritized: 1 } }, {}]);
});

test('a process without the role api has neither the board nor the API', async () => {
  const other = house.services[1]?.url ?? '';
  for (const path of ['/admin/queues', '/threads/', '/docs', '/openapi.json', '/info']) {
    const response = await fetch(`${other}${path}`, { headers: { 'x-api-key': secrets.admin } });
    expect(response.status, path).toBe(404);
  }
  expect((await fetch(`${other}/ok`)).status).toBe(200);
});
