import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiService, PROJECTS, type Project, startApiService } from '../../fixtures/api-service.ts';
import { framesOf, refusedWith, says, sdkClient } from './sdk-client.ts';

/** Threads of each project; so many have the plan `gold`, which is the same word in both. */
const THREADS: Record<Project, { gold: number; iron: number }> = {
  default: { gold: 3, iron: 2 },
  other: { gold: 1, iron: 4 },
};

let api: ApiService;
const ids: Record<Project, string[]> = { default: [], other: [] };

const clientOf = (project: Project) => sdkClient(api, { key: api.keys[project].write });
const another = (project: Project): Project => (project === 'default' ? 'other' : 'default');

beforeAll(async () => {
  api = await startApiService();
  for (const project of PROJECTS) {
    const { threads, runs } = clientOf(project);
    for (const [plan, count] of Object.entries(THREADS[project])) {
      for (let n = 0; n < count; n += 1) {
        const { thread_id: id } = await threads.create({ metadata: { plan } });
        await threads.updateState(id, { values: { mood: plan, messages: [] } });
        await runs.wait(id, 'support', { input: says(`secret of ${project}`) });
        ids[project].push(id);
      }
    }
  }
});

afterAll(() => api.close());

test.each(PROJECTS)(
  'each list, search and count is right for the key of the project %s alone',
  async (project) => {
    const { threads, runs } = clientOf(project);
    const { gold, iron } = THREADS[project];
    const own = ids[project].toSorted();
    const idsOf = (found: { thread_id: string }[]) => found.map(({ thread_id: id }) => id).sort();

    expect(idsOf(await threads.search({ limit: 100 }))).toEqual(own);
    expect(idsOf(await threads.search({ metadata: { plan: 'gold' } }))).toHaveLength(gold);
    expect(idsOf(await threads.search({ values: { mood: 'iron' } }))).toHaveLength(iron);
    expect(idsOf(await threads.search({ status: 'idle', limit: 100 }))).toEqual(own);
    expect(idsOf(await threads.search({ ids: [...ids.default, ...ids.other], limit: 100 }))).toEqual(own);
    expect(await threads.search({ offset: own.length })).toEqual([]);
    expect(await threads.count()).toBe(gold + iron);
    expect(await threads.count({ metadata: { plan: 'iron' } })).toBe(iron);
    expect(await threads.count({ values: { mood: 'gold' } as never })).toBe(gold);
    expect(await threads.count({ status: 'idle' })).toBe(gold + iron);
    const { body } = await api.call('GET', '/threads?limit=100', { key: api.keys[project].read });
    expect(idsOf(body.threads)).toEqual(own);
    for (const id of own) expect(await runs.list(id)).toHaveLength(1);
  },
);

test.each(PROJECTS)(
  'a page of the project %s is as long as it says, whatever others have',
  async (project) => {
    const { threads } = clientOf(project);
    const seen: string[] = [];

    for (let offset = 0; ; offset += 2) {
      const page = await threads.search({ limit: 2, offset, sortBy: 'created_at', sortOrder: 'asc' });
      seen.push(...page.map(({ thread_id: id }) => id));
      if (page.length < 2) break;
    }

    expect(seen).toEqual(ids[project]);
  },
);

test.each(PROJECTS)('what belongs to the project %s is not there for the other', async (project) => {
  const [id = ''] = ids[project];
  const [run] = await clientOf(project).runs.list(id);
  const runId = run?.run_id ?? '';
  const { threads, runs } = clientOf(another(project));
  const gone = refusedWith(404);

  await expect(threads.get(id)).rejects.toEqual(gone);
  await expect(threads.update(id, { metadata: { plan: 'stolen' } })).rejects.toEqual(gone);
  await expect(threads.copy(id)).rejects.toEqual(gone);
  await expect(threads.delete(id)).rejects.toEqual(gone);
  await expect(threads.getState(id)).rejects.toEqual(gone);
  await expect(threads.getState(id, '000000000001')).rejects.toEqual(gone);
  await expect(threads.updateState(id, { values: { mood: 'stolen', messages: [] } })).rejects.toEqual(gone);
  await expect(threads.getHistory(id)).rejects.toEqual(gone);
  await expect(threads.create({ threadId: id, ifExists: 'do_nothing' })).rejects.toEqual(refusedWith(409));
  await expect(runs.list(id)).rejects.toEqual(gone);
  await expect(runs.get(id, runId)).rejects.toEqual(gone);
  await expect(runs.join(id, runId)).rejects.toEqual(gone);
  await expect(framesOf(runs.joinStream(id, runId))).rejects.toEqual(gone);
  await expect(runs.cancel(id, runId)).rejects.toEqual(gone);
  for (const ifNotExists of ['create', 'reject'] as const) {
    const started = runs.create(id, 'support', { input: says('mine'), ifNotExists });
    await expect(started).rejects.toEqual(gone);
  }

  const { values } = await clientOf(project).threads.getState(id);
  expect(values.messages.map(({ content }) => content)).toEqual([
    `secret of ${project}`,
    `You said: secret of ${project}`,
  ]);
  expect(await clientOf(project).runs.list(id)).toHaveLength(1);
});

test('what a project does with an id that only the other has is as with one that nobody has', async () => {
  const { threads } = clientOf('other');
  const [id = ''] = ids.default;

  const answers = await Promise.all(
    [id, randomUUID()].map((each) => threads.get(each).catch((error: { text: string }) => error.text)),
  );

  expect(answers[0]).toBe(answers[1]);
});
