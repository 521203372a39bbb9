import { afterAll, beforeAll, expect, test } from 'vitest';
import { ThreadrelayError } from '../../../src/core/errors.ts';
import type { OutboundRequest } from '../../../src/core/ports.ts';
import { createSlackAttachments } from '../../../src/adapters/slack/attachments.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { createGuardedFetch, credentialsFor } from '../../../src/outbound/guarded-fetch.ts';
import { promise } from '../../fixtures/promise.ts';
import { HOSTILE, type Hostile } from './hostile-addresses.ts';
import { type HostileServer, startHostileServer } from './hostile-server.ts';

let canary: HostileServer;
let hostile: HostileServer;
let other: HostileServer;
beforeAll(async () => {
  [canary, hostile, other] = await Promise.all([
    startHostileServer(),
    startHostileServer(),
    startHostileServer(),
  ]);
});
afterAll(() => Promise.all([canary.close(), hostile.close(), other.close()]));

const QUICK_MS = 300;
const place = ({ port }: HostileServer) => `127.0.0.1:${port}`;
const allowed = () =>
  createGuardedFetch({ allowPrivate: [place(hostile), place(other)], longestMs: QUICK_MS });

async function failureOf(work: Promise<unknown>): Promise<ThreadrelayError> {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof ThreadrelayError) return thrown;
    throw thrown;
  }
  throw new Error('it was fetched');
}

async function attack({ url, answers = [] }: Hostile): Promise<ThreadrelayError> {
  let asked = 0;
  const guarded = createGuardedFetch({
    allowPrivate: [place(hostile)],
    longestMs: QUICK_MS,
    resolve: async (name) => {
      const answer = answers[Math.min(asked, answers.length - 1)];
      asked += 1;
      return answer ?? (name.startsWith('localhost') ? [{ address: '127.0.0.1', family: 4 }] : []);
    },
  });
  return failureOf(
    guarded({
      url: url({ canary: canary.port, hostile: hostile.port }),
      timeoutMs: 60_000,
      credentials: {
        header: 'authorization',
        value: 'Bearer token',
        hosts: ['files.slack.com', place(canary)],
      },
    }),
  );
}

promise(35, '', { tries: HOSTILE.length * 10, timeoutMs: 30_000 }, async (tries) => {
  expect(HOSTILE.length).toBeGreaterThanOrEqual(40);
  for (const each of HOSTILE) {
    await tries.once(async (took) => {
      const from = performance.now();
      const error = await attack(each);
      took(performance.now() - from);
      expect(['invalid_input', 'platform_refused', 'platform_unreachable'], each.name).toContain(error.code);
      expect(error.message, each.name).not.toMatch(/Bearer|:b@|secret/);
    });
  }
  expect(canary.connections()).toBe(0);
  expect(hostile.requests.filter((headers) => 'authorization' in headers)).toEqual([]);
});

promise(
  35,
  'an answer has at most 10 MB, unpacked, and 10 s',
  { tries: 70, timeoutMs: 30_000 },
  async (tries) => {
    const tooLong = ['/silent', '/drip', '/hints'];
    for (const path of [
      '/told-too-large',
      '/endless',
      '/bomb',
      '/bomb-in-a-bomb',
      '/empty-blocks',
      ...tooLong,
    ]) {
      await tries.once(async () => {
        const from = performance.now();
        // What is refused for its size has the usual time.
        const longestMs = tooLong.includes(path) ? QUICK_MS : 10_000;
        const guarded = createGuardedFetch({ allowPrivate: [place(hostile)], longestMs });
        const error = await failureOf(
          guarded({ url: `http://${place(hostile)}${path}`, timeoutMs: 60_000, maxBytes: 10 ** 9 }),
        );
        const isLate =
          tooLong.includes(path) || (path === '/empty-blocks' && error.code === 'platform_unreachable');
        expect(error.code, path).toBe(isLate ? 'platform_unreachable' : 'platform_refused');
        expect(performance.now() - from, path).toBeLessThan(tooLong.includes(path) ? 2_000 : 10_000);
      });
    }
  },
);

test('what may be fetched comes whole, and tells the address that answered', async () => {
  const to = encodeURIComponent(`http://${place(other)}/page`);
  const fetched = await allowed()({ url: `http://${place(hostile)}/302?to=${to}#part` });
  expect(new TextDecoder().decode(fetched.body)).toBe('hello');
  expect(fetched).toMatchObject({ status: 200, url: `http://${place(other)}/page` });
});

test('a token and other headers do not follow a redirect to another server', async () => {
  other.requests.length = 0;
  hostile.requests.length = 0;
  const request: OutboundRequest = {
    url: `http://${place(hostile)}/302?to=${encodeURIComponent(`http://${place(other)}/`)}`,
    headers: { 'X-Api-Key': 'secret', Cookie: 'secret', Accept: 'text/html' },
    credentials: { header: 'Authorization', value: 'Bearer token', hosts: [place(hostile)] },
  };
  await allowed()(request);
  expect(hostile.requests[0]).toMatchObject({ authorization: 'Bearer token', cookie: 'secret' });
  expect(other.requests).toHaveLength(1);
  expect(other.requests[0]).toMatchObject({ accept: 'text/html' });
  expect(JSON.stringify(other.requests)).not.toMatch(/token|secret/);
});

test('what was sent to one server is not sent on to another', async () => {
  other.requests.length = 0;
  const url = `http://${place(hostile)}/307?to=${encodeURIComponent(`http://${place(other)}/`)}`;
  const error = await failureOf(allowed()({ url, method: 'POST', body: 'a secret' }));
  expect(error.code).toBe('platform_refused');
  expect(other.requests).toEqual([]);
});

test('credentials go to their host and port alone, and over TLS where the host is not one of ours', () => {
  const credentials = { header: 'Authorization', value: 'x', hosts: ['files.slack.com'] };
  const sent = (url: string, isAllowed = false) =>
    'authorization' in credentialsFor(credentials, { url: new URL(url), isAllowed });
  expect(sent('https://files.slack.com/a')).toBe(true);
  expect(sent('http://files.slack.com/a')).toBe(false);
  expect(sent('http://files.slack.com/a', true)).toBe(true);
  for (const host of [
    'files.slack.com:8443',
    'files.slack.com.',
    'slack.com',
    'files.slack.com.attacker.example',
  ]) {
    expect(sent(`https://${host}/a`), host).toBe(false);
  }
});

test("nothing is fetched for a file that is not on Slack's own host", async () => {
  const fetched: OutboundRequest[] = [];
  const slack = createSlackAttachments({
    token: 'xoxb-token',
    apiUrl: 'https://slack.com/api/',
    logger: silentLogger,
    fetch: async (request) => {
      fetched.push(request);
      return { status: 200, headers: new Map(), body: new Uint8Array([1]), url: request.url };
    },
  });
  const fetchFile = (url: string) =>
    slack.fetch(
      {
        origin: { platform: 'slack', tenant: 'T', channel: 'C', thread: '1' },
        sourceId: '1',
        attachment: { id: 'F', name: 'a', mediaType: null, sizeBytes: 1, url },
      },
      new AbortController().signal,
    );
  for (const url of [
    'https://docs.google.com/d',
    'https://files.slack.com.attacker.example/',
    'https://files.slack.com:8443/',
  ]) {
    expect((await failureOf(fetchFile(url))).code, url).toBe('platform_refused');
  }
  expect(fetched).toEqual([]);
  await fetchFile('https://files.slack.com/files-pri/T-F/a');
  expect(fetched).toMatchObject([{ credentials: { hosts: ['files.slack.com'] } }]);
});

test('a server that cuts its answer short has not answered', async () => {
  const error = await failureOf(allowed()({ url: `http://${place(hostile)}/cut` }));
  expect(error).toMatchObject({ code: 'platform_unreachable', retryable: true });
});
