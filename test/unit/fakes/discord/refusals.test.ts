import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiscordFake } from '../../../fakes/discord/index.ts';
import { createDiscordFake } from '../../../fakes/discord/index.ts';
import { call } from './rest.ts';

let fake: DiscordFake;
let channel: string;
let ann: string;
let thread: string;

beforeEach(async () => {
  fake = await createDiscordFake({ limits: { route: { count: 1_000, windowMs: 5_000 } } });
  channel = fake.addTextChannel();
  ann = fake.addUser({ name: 'ann' });
  const forum = fake.addForum({ tags: ['bug'] });
  thread = fake.createForumPost({ forum: forum.id, user: ann, title: 't', text: 'x' }).threadId;
});

afterEach(async () => {
  await fake.close();
});

async function refusal(method: string, path: string, body?: unknown): Promise<[number, unknown]> {
  const answer = await call(fake, method, path, body);
  return [answer.status, answer.body['code']];
}

async function postId(where: string): Promise<string> {
  const answer = await call(fake, 'POST', `/channels/${where}/messages`, { content: 'mine' });
  return String(answer.body['id']);
}

describe('a call that Discord would refuse is refused', () => {
  it('a text of 2,000 passes, one of 2,001 is an invalid form', async () => {
    const path = `/channels/${channel}/messages`;
    expect((await call(fake, 'POST', path, { content: 'x'.repeat(2_000) })).status).toBe(200);
    const answer = await call(fake, 'POST', path, { content: 'x'.repeat(2_001) });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      code: 50035,
      message: 'Invalid Form Body',
      errors: { content: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH' }] } },
    });
  });

  it.each([
    ['nothing', {}, 50006],
    ['only white space', { content: ' \n ' }, 50006],
    ['a nonce of 26 characters', { content: 'x', nonce: 'n'.repeat(26) }, 50035],
    ['a flag bots may not set', { content: 'x', flags: 1 << 6 }, 50035],
    ['text beside components v2', { content: 'x', flags: 1 << 15, components: [{ type: 10 }] }, 50035],
    ['a reply to nothing', { content: 'x', message_reference: { message_id: '1' } }, 50035],
    [
      'mentions both parsed and named',
      { content: 'x', allowed_mentions: { parse: ['users'], users: ['1'] } },
      50035,
    ],
    ['half a character', '{"content":"\\ud800"}', 50109],
    ['no JSON', '{', 50109],
  ])('a post with %s', async (_what, body, code) => {
    expect(await refusal('POST', `/channels/${channel}/messages`, body)).toEqual([400, code]);
  });

  it('unknown channels and messages', async () => {
    expect(await refusal('POST', '/channels/1/messages', { content: 'x' })).toEqual([404, 10003]);
    expect(await refusal('PATCH', `/channels/${channel}/messages/1`, { content: 'x' })).toEqual([404, 10008]);
    fake.deleteThread(thread);
    expect(await refusal('POST', `/channels/${thread}/messages`, { content: 'x' })).toEqual([404, 10003]);
  });

  it('a wrong token', async () => {
    const answer = await call(fake, 'GET', '/users/@me', undefined, 'wrong');
    expect([answer.status, answer.body]).toEqual([401, { message: '401: Unauthorized', code: 0 }]);
    expect(fake.invalidRequests()).toBe(1);
  });

  it('missing access and missing permissions', async () => {
    fake.denyPermissions(channel, ['SEND_MESSAGES']);
    expect(await refusal('POST', `/channels/${channel}/messages`, { content: 'x' })).toEqual([403, 50013]);
    fake.denyPermissions(channel);
    expect(await refusal('POST', `/channels/${channel}/messages`, { content: 'x' })).toEqual([403, 50001]);
    fake.allowPermissions(channel);
    fake.removeBot();
    expect(await refusal('GET', `/channels/${channel}/messages`)).toEqual([403, 50001]);
    expect(await refusal('GET', `/guilds/${fake.guildId}`)).toEqual([404, 10004]);
  });

  it("edits and deletions of others' messages", async () => {
    const { id } = fake.say({ channel, user: ann, text: 'hers' });
    const path = `/channels/${channel}/messages/${id}`;
    expect(await refusal('PATCH', path, { content: 'x' })).toEqual([403, 50005]);
    expect(await refusal('DELETE', path)).toEqual([403, 50013]);
  });

  it('an edit in an archived thread and anything in a locked one', async () => {
    const id = await postId(thread);
    fake.archive(thread);
    expect(await refusal('PATCH', `/channels/${thread}/messages/${id}`, { content: 'y' })).toEqual([
      400, 50083,
    ]);
    fake.lock(thread);
    expect(await refusal('PATCH', `/channels/${thread}/messages/${id}`, { content: 'y' })).toEqual([
      403, 160005,
    ]);
    expect(await refusal('POST', `/channels/${thread}/messages`, { content: 'y' })).toEqual([403, 160005]);
  });

  it('forum posts and threads of a wrong shape', async () => {
    const { id } = fake.addForum({ tags: ['bug'], requiresTag: true });
    const message = { content: 'x' };
    const path = `/channels/${id}/threads`;
    expect(await refusal('POST', path, { name: 'n', message })).toEqual([400, 40067]);
    expect(await refusal('POST', path, { name: 'n', message, applied_tags: ['1'] })).toEqual([400, 50035]);
    expect(await refusal('POST', path, { name: '', message })).toEqual([400, 50035]);
    expect(await refusal('POST', path, { name: 'n'.repeat(101), message })).toEqual([400, 50035]);
    expect(await refusal('POST', `/channels/${id}/messages`, message)).toEqual([400, 50008]);
    fake.settings.maxActiveThreads = 1;
    const said = fake.say({ channel, user: ann, text: 'x' });
    const from = `/channels/${channel}/messages/${said.id}/threads`;
    expect(await refusal('POST', from, { name: 'n' })).toEqual([400, 160006]);
  });

  it('an unknown route and a wrong method', async () => {
    expect(await refusal('GET', '/nowhere')).toEqual([404, 0]);
    expect(await refusal('PUT', '/users/@me')).toEqual([405, 0]);
  });

  it('pages of messages come newest first from either side', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'].map((text) => fake.say({ channel, user: ann, text }).id);
    const page = async (query: string) => {
      const answer = await call(fake, 'GET', `/channels/${channel}/messages?${query}`);
      return Object.values(answer.body)
        .map((m) => (m as { content: string }).content)
        .join('');
    };
    expect(await page('limit=2')).toBe('ed');
    expect(await page(`limit=2&before=${ids[2]}`)).toBe('ba');
    expect(await page(`limit=2&after=${ids[1]}`)).toBe('dc');
    expect(await page(`limit=3&around=${ids[2]}`)).toBe('dcb');
    expect(await refusal('GET', `/channels/${channel}/messages?limit=101`)).toEqual([400, 50035]);
  });

  it('archived threads are listed by the time of archiving, with the word whether there are more', async () => {
    const forum = fake.addForum();
    const posts = ['1', '2', '3'].map((title) =>
      fake.createForumPost({ forum: forum.id, user: ann, title, text: 'x' }),
    );
    for (const post of posts) {
      fake.advance(1_000);
      fake.archive(post.threadId);
    }
    const answer = await call(fake, 'GET', `/channels/${forum.id}/threads/archived/public?limit=2`);
    expect(answer.body).toMatchObject({ has_more: true, threads: [{ name: '3' }, { name: '2' }] });
  });
});
