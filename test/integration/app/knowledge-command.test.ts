import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { pdf } from '../../fixtures/office-files.ts';
import { testDatabase } from '../../fixtures/stores.ts';
import { spawnThreadrelay } from './service-process.ts';

let cwd: string;
let mongodbUri: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'threadrelay-test-'));
  mongodbUri = testDatabase();
  await mkdir(join(cwd, 'handbook'));
  await writeFile(join(cwd, 'threadrelay.yaml'), 'projects: { support: {} }\n');
  await writeFile(join(cwd, 'handbook', 'refunds.md'), '# Refunds\n\nRefunds take thirty days.\n');
  await writeFile(join(cwd, 'handbook', 'tea.md'), '# Tea\n\nTea is served at four.\n');
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

/** `threadrelay knowledge …`: its exit code, its answer, and what it told beside it. */
async function knowledge(...args: string[]) {
  const stores = { MONGODB_URI: mongodbUri, REDIS_URL: inject('redisUrl') };
  const command = spawnThreadrelay(['knowledge', ...args], stores, cwd);
  const code = await command.exit;
  return { code, answer: command.log().trim(), told: command.notices() };
}

test('a folder is added, found in, brought up to date and removed from the command line', {
  timeout: 60_000,
}, async () => {
  const add = () =>
    knowledge('add', 'handbook', '--to', 'handbook', '--link', 'https://example.com/handbook');
  const search = async (...words: string[]) => {
    const { answer } = await knowledge('search', 'handbook', '--json', ...words);
    return JSON.parse(answer).passages;
  };

  const added = await add();
  expect(added).toMatchObject({ code: 0, answer: '2 added. "handbook" has 2 documents in 2 passages.' });
  expect(added.told).toMatch(/\[1\/2\] added handbook\/refunds\.md \(1 passages\)/);
  expect(await search('how long do refunds take')).toMatchObject([
    { source: 'handbook/refunds.md', link: 'https://example.com/handbook/refunds.md#refunds' },
  ]);

  await writeFile(join(cwd, 'handbook', 'refunds.md'), '# Refunds\n\nRefunds take ten days.\n');
  await rm(join(cwd, 'handbook', 'tea.md'));
  expect(await add()).toMatchObject({ code: 0, answer: expect.stringContaining('1 changed, 1 removed.') });
  expect((await search('refunds')).map(({ text }: { text: string }) => text)).toEqual([
    expect.stringContaining('ten days'),
  ]);

  expect(await knowledge('remove', 'handbook')).toMatchObject({ code: 0 });
  const gone = await knowledge('search', 'handbook', 'refunds');
  expect(gone).toMatchObject({ code: 1, answer: '', told: expect.stringContaining('handbook') });
});

test('documents of all kinds are added, and what cannot be read is refused while the rest goes on', {
  timeout: 60_000,
}, async () => {
  await writeFile(join(cwd, 'handbook', 'beans.pdf'), pdf(['Beans are soaked overnight.']));
  await writeFile(join(cwd, 'handbook', 'broken.pdf'), '%PDF-1.4\nnothing');

  const added = await knowledge('add', 'handbook', '--to', 'handbook');

  expect(added).toMatchObject({ code: 0, answer: expect.stringContaining('3 added, 1 refused.') });
  expect(added.told).toContain('refused handbook/broken.pdf: "broken.pdf" is broken');
  const { answer } = await knowledge('search', 'handbook', '--json', 'how are beans soaked');
  expect(JSON.parse(answer).passages).toMatchObject([{ source: 'handbook/beans.pdf' }]);
});
