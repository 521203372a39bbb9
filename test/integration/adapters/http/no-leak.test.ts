import { randomUUID } from 'node:crypto';
import type { RouteOptions } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answered, type ApiService, startApiService } from '../../../fixtures/api-service.ts';
import { promise } from '../../../fixtures/promise.ts';

/** Of the project `default`: everything in it that can hold a word holds `secret`. */
type Owned = { threadId: string; runId: string; memoryId: string; secret: string };

type Route = { method: string; url: string; scope: string | undefined };

/** What a route does for whoever asks: refuses with a status, does as if nothing were there, or serves. */
type Treatment = 401 | 403 | 'as if it were not there' | 'serves';

type Caller = { name: string; key: () => string | null; treatment: (scope: string) => Treatment };

const routes: Route[] = [];
let api: ApiService;

beforeAll(async () => {
  const onRoute = ({ method, url, config }: RouteOptions) => {
    for (const each of [method].flat()) routes.push({ method: each, url, scope: config?.scope });
  };
  api = await startApiService({ onRoute });
});

afterAll(() => api.close());

const OPEN = ['/ok', '/ready', '/metrics', '/info', '/openapi.json'];

const CALLERS: readonly Caller[] = [
  { name: 'nobody', key: () => null, treatment: () => 401 },
  { name: 'an unknown key', key: () => `tr_${'A'.repeat(43)}`, treatment: () => 401 },
  {
    name: 'the key of another project',
    key: () => api.keys.other.admin,
    treatment: () => 'as if it were not there',
  },
  {
    name: 'the read key of the project',
    key: () => api.keys.default.read,
    treatment: (scope) => (scope === 'read' ? 'serves' : 403),
  },
  {
    name: 'the write key of the project',
    key: () => api.keys.default.write,
    treatment: (scope) => (scope === 'admin' ? 403 : 'serves'),
  },
  { name: 'the admin key of the project', key: () => api.keys.default.admin, treatment: () => 'serves' },
];

const question = { assistant_id: 'support', input: { messages: [{ type: 'human', content: 'hello' }] } };

/** What a route is asked about a thread and its run, where it is not asked by its address alone. */
const BODIES: Record<string, (owned: Owned) => object> = {
  'POST /threads': ({ threadId }) => ({ thread_id: threadId, if_exists: 'do_nothing' }),
  'PATCH /threads/:thread_id': () => ({ name: 'renamed' }),
  'POST /threads/:thread_id/copy': () => ({}),
  'POST /threads/search': ({ threadId }) => ({ ids: [threadId] }),
  'POST /threads/count': ({ secret }) => ({ metadata: { word: secret } }),
  'POST /threads/:thread_id/state': () => ({ values: { word: 'changed' } }),
  'POST /threads/:thread_id/state/checkpoint': () => ({ checkpoint: { checkpoint_id: '000000000001' } }),
  'POST /threads/:thread_id/history': () => ({ limit: 100 }),
  'POST /memories': ({ secret }) => ({ subject: `api:new-${secret}`, text: secret }),
  'PATCH /memories/:memory_id': ({ secret }) => ({ text: `corrected ${secret}` }),
  'POST /assistants/search': () => ({}),
  'POST /assistants/count': () => ({}),
  'POST /threads/:thread_id/runs': () => question,
  'POST /threads/:thread_id/runs/stream': () => question,
  'POST /threads/:thread_id/runs/wait': () => question,
  'POST /threads/:thread_id/runs/:run_id/cancel': () => ({}),
  'POST /threads/:thread_id/runs/:run_id/approvals/:call_id': () => ({ approved: true }),
  'POST /erasures': () => ({ person: 'api:nobody', dry_run: true }),
  'POST /runs': ({ threadId }) => ({ ...question, thread_id: threadId }),
  'POST /runs/stream': ({ threadId }) => ({ ...question, thread_id: threadId }),
  'POST /runs/wait': ({ threadId }) => ({ ...question, thread_id: threadId }),
};

/** Answers that name nothing of a thread, also for its owner. */
const ARE_NAMELESS = [
  'POST /erasures',
  'POST /threads/count',
  'DELETE /threads/:thread_id',
  'POST /threads/:thread_id/runs/:run_id/cancel',
  'DELETE /memories',
  'DELETE /memories/:memory_id',
];

async function makeOwned(): Promise<Owned> {
  const secret = `secret-${randomUUID()}`;
  const key = api.keys.default.write;
  const { body: thread } = await api.call('POST', '/threads', {
    key,
    body: { name: secret, metadata: { word: secret } },
  });
  const threadId = thread.thread_id;
  await api.call('POST', `/threads/${threadId}/state`, {
    key,
    body: { values: { word: secret, messages: [{ type: 'system', content: secret }] }, as_node: secret },
  });
  const { body: run } = await api.call('POST', `/threads/${threadId}/runs`, {
    key,
    body: {
      assistant_id: 'support',
      input: { messages: [{ type: 'human', content: secret, name: secret }] },
      metadata: { word: secret },
      config: { configurable: { word: secret } },
    },
  });
  await api.call('GET', `/threads/${threadId}/runs/${run.run_id}/join`, { key });
  const { body: memory } = await api.call('POST', '/memories', {
    key,
    body: { subject: `api:${secret}`, text: `likes ${secret}` },
  });
  // A call that somebody has approved: to approve it again is no change, and who may not is told nothing of it.
  const decision = { approved: true, by: secret, name: secret, note: null, at: new Date() };
  const call = { id: 'call-1', name: 'refund', args: { word: secret }, by: null, decision };
  const approval = {
    calls: [call],
    said: [],
    usage: null,
    askedBy: null,
    askedAt: new Date(),
    expiresAt: new Date(),
  };
  await api.database.models.runs.updateOne({ _id: run.run_id }, { $set: { approval } });
  return { threadId, runId: run.run_id, memoryId: memory.memory_id, secret };
}

/** The thread as all its documents say it. */
async function storedOf({ threadId, memoryId }: Owned): Promise<string> {
  const { threads, messages, runs, checkpoints, memories } = api.database.models;
  const all = await Promise.all([
    threads.find({ _id: threadId }).lean(),
    messages.find({ threadId }).sort({ seq: 1 }).lean(),
    runs.find({ threadId }).sort({ ordinal: 1 }).lean(),
    checkpoints.find({ threadId }).sort({ seq: 1 }).lean(),
    memories.find({ _id: memoryId }).lean(),
  ]);
  return JSON.stringify(all);
}

function ask({ method, url }: Route, owned: Owned, key: string | null): Promise<Answered> {
  const path = url
    .replace(':thread_id', owned.threadId)
    .replace(':run_id', owned.runId)
    .replace(':call_id', 'call-1')
    .replace(':checkpoint_id', '000000000001')
    .replace(':memory_id', owned.memoryId)
    .replace(':assistant_id', 'support')
    .replace(/\/memories$/, method === 'POST' ? '$&' : `$&?subject=api:${owned.secret}`);
  const body = BODIES[`${method} ${url}`]?.(owned);
  return api.call(method, path, { key, ...(body === undefined ? {} : { body }) });
}

const tells = ({ text, headers }: Answered, { threadId, runId, memoryId, secret }: Owned) =>
  [secret, threadId, runId, memoryId].some(
    (word) => text.includes(word) || JSON.stringify([...headers]).includes(word),
  );

function judge(route: Route, treatment: Treatment, answer: Answered, owned: Owned): void {
  const name = `${route.method} ${route.url}`;
  const what = `${name}: ${answer.status} ${answer.text.slice(0, 300)}`;
  const isTold = tells(answer, owned);
  switch (treatment) {
    case 'serves':
      expect(answer.status, what).toBeLessThan(300);
      expect(isTold || ARE_NAMELESS.includes(name) || name.includes('/assistants'), what).toBe(true);
      return;
    case 'as if it were not there':
      if (/:thread_id|:memory_id|\/runs/.test(route.url)) expect(answer.status, what).toBe(404);
      if (name === 'POST /threads/count') expect(answer.body).toBe(0);
      if (name === 'DELETE /memories') expect(answer.body).toEqual({ erased: 0 });
      // It makes a fact of the asker's own project.
      expect(isTold && name !== 'POST /memories', what).toBe(false);
      return;
    case 401:
    case 403:
      expect(answer.status, what).toBe(treatment);
      expect(isTold, what).toBe(false);
  }
}

promise(33, '', { tries: 150, timeoutMs: 120_000 }, async ({ once }) => {
  const guarded = routes.filter(({ scope }) => scope !== undefined);
  const shared = await makeOwned();
  const before = await storedOf(shared);
  for (const route of guarded) {
    for (const { name, key, treatment: treatmentBy } of CALLERS) {
      await once(async () => {
        const { scope = '' } = route;
        const treatment = treatmentBy(scope);
        const mayChange = treatment === 'serves' && scope !== 'read';
        const owned = mayChange ? await makeOwned() : shared;

        judge(route, treatment, await ask(route, owned, key()), owned);

        if (!mayChange)
          expect(await storedOf(shared), `${route.method} ${route.url} by ${name}`).toBe(before);
      });
    }
  }
  expect(guarded.length).toBeGreaterThan(20);
});

test('every route is guarded but those that are open on purpose, and these tell nothing of a project', async () => {
  const owned = await makeOwned();
  const open = routes.filter(({ scope }) => scope === undefined);

  expect(open.filter(({ url }) => !OPEN.includes(url) && !/^\/docs(\/|$)/.test(url))).toEqual([]);
  for (const url of OPEN) {
    const answer = await api.call('GET', url, { key: null });
    expect(answer.status).toBe(200);
    expect(tells(answer, owned)).toBe(false);
  }
});
