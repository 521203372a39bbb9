import { expect, test } from 'vitest';
import { fetchOfficialMongod } from '../../../../src/app/local-stack/official-build.ts';

test('a download host that never answers is given up in time', async () => {
  const silent: typeof fetch = (_input, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
    });

  const fetching = fetchOfficialMongod('/nowhere', { ...context, fetch: silent, answerTimeoutMs: 20 });

  await expect(fetching).rejects.toThrow('https://fastdl.mongodb.org/ does not answer');
});

test('an aborted start does not wait for the download host', async () => {
  const aborted = new AbortController();
  const silent: typeof fetch = (_input, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      aborted.abort(new Error('stopped by the user'));
    });

  const fetching = fetchOfficialMongod('/nowhere', { ...context, fetch: silent, signal: aborted.signal });

  await expect(fetching).rejects.toThrow('stopped by the user');
});

const context = { progress: () => {}, platform: 'linux', arch: 'x64' };
