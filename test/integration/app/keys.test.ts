import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { createStores, openDatabase } from '../../../src/store/index.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { testDatabase } from '../../fixtures/stores.ts';
import { type Spawned, spawnThreadrelay } from './service-process.ts';

const SECRET = /tr_[\w-]{43}/;

let cwd: string;
let mongodbUri: string;
const cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'threadrelay-test-'));
  cleanups.push(() => rm(cwd, { recursive: true, force: true }));
  mongodbUri = testDatabase();
  await writeFile(join(cwd, 'threadrelay.yaml'), 'projects: { support: {}, sales: {} }\n');
});

afterEach(async () => {
  while (cleanups.length > 0) await cleanups.pop()?.();
});

/** Starts a command with stores that are given. */
function spawnGiven(args: readonly string[], env: NodeJS.ProcessEnv = {}): Spawned {
  const stores = { MONGODB_URI: mongodbUri, REDIS_URL: inject('redisUrl') };
  const spawned = spawnThreadrelay(args, { ...stores, ...env }, cwd);
  cleanups.push(() => spawned.end('SIGTERM'));
  return spawned;
}

/** `threadrelay keys …`: its exit code, its answer, and what it told beside it. */
async function keys(...args: string[]): Promise<{ code: number | null; answer: string; told: string }> {
  const command = spawnGiven(['keys', ...args]);
  const code = await command.exit;
  return { code, answer: command.log().trim(), told: command.notices() };
}

const create = (project: string, scope: string, ...more: string[]) =>
  keys('create', '--project', project, '--scope', scope, ...more);

async function listed(...args: string[]) {
  const { answer } = await keys('list', '--json', ...args);
  return JSON.parse(answer).keys;
}

async function askThreads(url: string, secret: string): Promise<number> {
  const { status } = await fetch(`${url}/threads/`, { headers: { 'x-api-key': secret } });
  return status;
}

describe('threadrelay keys', () => {
  test('create answers the secret alone, which opens the API of a running process', {
    timeout: 60_000,
  }, async () => {
    const api = spawnGiven(['api']);
    const url = await api.ready();

    const { code, answer, told } = await create('support', 'write', '--name', 'ci');

    expect(code).toBe(0);
    expect(answer).toMatch(/^tr_[\w-]{43}$/);
    expect(told).toContain('for the project "support" with the scope "write"');
    expect(told).toContain('shown this once');
    expect(told).not.toContain(answer);
    expect(await askThreads(url, answer)).toBe(200);
  });

  test('list shows every key and of no secret more than its beginning', { timeout: 60_000 }, async () => {
    const made = await Promise.all([
      create('support', 'read', '--name', 'reports'),
      create('sales', 'admin'),
    ]);
    const table = await keys('list');

    const all = await listed();
    expect(all).toHaveLength(2);
    expect(all).toContainEqual({
      id: expect.any(String),
      project: 'support',
      scope: 'read',
      name: 'reports',
      hint: made[0].answer.slice(0, 6),
      created_at: expect.any(String),
      revoked_at: null,
    });
    expect(await listed('--project', 'sales')).toMatchObject([
      { project: 'sales', scope: 'admin', name: null },
    ]);
    expect(table.answer).toMatch(/^ID +PROJECT +SCOPE/);
    for (const { answer } of made) {
      expect(table.answer).toContain(answer.slice(0, 6));
      expect(table.answer).not.toContain(answer.slice(6));
    }
  });

  test('a revoked key is refused within a second or so, and stays in the list', {
    timeout: 60_000,
  }, async () => {
    const api = spawnGiven(['api']);
    const url = await api.ready();
    const { answer: secret } = await create('support', 'read');
    const [{ id }] = await listed();
    expect(await askThreads(url, secret)).toBe(200);

    const revoked = await keys('revoke', id);

    expect(revoked).toMatchObject({ code: 0, answer: expect.stringContaining(id) });
    const refused = async () => ((await askThreads(url, secret)) === 401 ? true : null);
    await eventually(refused, 'the key is refused', 2_000);
    expect(await listed()).toMatchObject([{ id, revoked_at: expect.any(String) }]);
    const again = await keys('revoke', id);
    expect(again).toMatchObject({ code: 1, answer: '', told: expect.stringContaining('revoked already') });
  });

  test.each<[string, string[], RegExp]>([
    [
      'a project that is not configured',
      ['create', '--project', 'nope', '--scope', 'read'],
      /no project "nope"\. The configuration has "support", "sales"/,
    ],
    ['no project', ['create', '--scope', 'read'], /--project <name>' not specified/],
    ['no scope', ['create', '--project', 'support'], /--scope <scope>' not specified/],
    [
      'a scope that there is not',
      ['create', '--project', 'support', '--scope', 'root'],
      /Allowed choices are read, write, admin/,
    ],
    ['a list of a project that is not configured', ['list', '--project', 'nope'], /no project "nope"/],
    ['an id that there is not', ['revoke', 'nope'], /no key with the id "nope"/],
    ['no id', ['revoke'], /missing required argument 'id'/],
  ])('%s is told, with what to do', async (_, args, expected) => {
    const { code, answer, told } = await keys(...args);

    expect(code).toBe(1);
    expect(answer).toBe('');
    expect(told).toMatch(expected);
    expect(told).not.toContain('defect');
  });
});

describe('the development key', () => {
  test('a service on stores of its own makes it once, tells it no log, and lets keys be made beside it', {
    timeout: 90_000,
  }, async () => {
    const own = { MONGODB_URI: '', REDIS_URL: '', LOG_LEVEL: 'trace' };
    const first = spawnGiven(['start'], own);
    const url = await first.ready();
    const [secret = ''] = SECRET.exec(first.notices()) ?? [];

    expect(first.notices()).toContain('the project "support" with the scope "admin"');
    expect(await askThreads(url, secret)).toBe(200);
    const command = spawnGiven(['keys', 'create', '--project', 'sales', '--scope', 'read'], own);
    expect(await command.exit).toBe(0);
    expect(await askThreads(url, command.log().trim())).toBe(200);
    expect(first.log()).not.toMatch(SECRET);

    await first.end('SIGTERM');
    const list = spawnGiven(['keys', 'list'], own);
    expect(await list.exit).toBe(0);
    expect(list.log()).toContain('development');
    const second = spawnGiven(['start'], own);
    expect(await askThreads(await second.ready(), secret)).toBe(200);
    expect(second.notices()).not.toMatch(SECRET);
  });

  test('a database whose only key was revoked gets none', { timeout: 60_000 }, async () => {
    await create('support', 'read');
    const [{ id }] = await listed();
    await keys('revoke', id);

    const service = spawnGiven(['start']);
    await service.ready();

    expect(service.notices()).not.toMatch(SECRET);
    expect(await listed()).toHaveLength(1);
  });

  test.each([
    ['a service that the network reaches', ['start'], { HOST: '0.0.0.0' }],
    ['a process of one role', ['api'], {}],
  ])('%s makes none, and says how to make one', { timeout: 60_000 }, async (_, args, env) => {
    const service = spawnGiven(args, env);
    await service.ready();

    expect(service.notices()).not.toMatch(SECRET);
    expect(service.notices()).toContain('threadrelay keys create --project support --scope write');
    const database = await openDatabase({ uri: mongodbUri });
    cleanups.push(() => database.close());
    expect(await createStores(database).keys.list(null)).toEqual([]);
  });
});
