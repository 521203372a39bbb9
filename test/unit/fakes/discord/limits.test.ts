import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiscordFake } from '../../../fakes/discord/index.ts';
import { createDiscordFake } from '../../../fakes/discord/index.ts';
import { loginBot } from './bot.ts';
import { call } from './rest.ts';

let fake: DiscordFake;
let channel: string;
let time: number;

beforeEach(async () => {
  time = 1_760_000_000_000;
  fake = await createDiscordFake({ now: () => time });
  channel = fake.addTextChannel();
});

afterEach(async () => {
  await fake.close();
});

const post = (where = channel) => call(fake, 'POST', `/channels/${where}/messages`, { content: 'x' });

describe('limits', () => {
  it('the sixth post within five seconds is refused, and what remains is told each time', async () => {
    const told: (string | null)[] = [];
    for (let n = 0; n < 5; n++) told.push((await post()).headers.get('x-ratelimit-remaining'));
    expect(told).toEqual(['4', '3', '2', '1', '0']);
    time += 1_000;

    const refused = await post();

    expect(refused.status).toBe(429);
    expect(refused.body).toEqual({ message: 'You are being rate limited.', retry_after: 4, global: false });
    expect(refused.headers.get('retry-after')).toBe('4');
    expect(refused.headers.get('x-ratelimit-scope')).toBe('user');
    expect(refused.headers.get('x-ratelimit-reset-after')).toBe('4.000');
    expect(fake.violations).toHaveLength(1);
    expect(fake.invalidRequests()).toBe(1);
    fake.advance(4_000);
    expect((await post()).status).toBe(200);
  });

  it('edits, other channels and other routes have buckets of their own', async () => {
    const id = String((await post()).body['id']);
    for (let n = 1; n < 5; n++) await post();
    const edited = await call(fake, 'PATCH', `/channels/${channel}/messages/${id}`, { content: 'y' });
    expect([edited.status, edited.headers.get('x-ratelimit-remaining')]).toEqual([200, '4']);
    expect((await post(fake.addTextChannel())).status).toBe(200);
  });

  it('fifty requests a second are the global end', async () => {
    for (let n = 0; n < 50; n++) await post(fake.addTextChannel());
    const refused = await post(fake.addTextChannel());
    expect(refused.body).toMatchObject({ global: true, retry_after: 1 });
    expect(refused.headers.get('x-ratelimit-global')).toBe('true');
    time += 1_000;
    expect((await post()).status).toBe(200);
  });

  it('a thread is renamed twice in ten minutes', async () => {
    const thread = await call(fake, 'POST', `/channels/${channel}/threads`, { name: 'a', type: 11 });
    const rename = (name: string) => call(fake, 'PATCH', `/channels/${String(thread.body['id'])}`, { name });
    expect((await rename('b')).status).toBe(200);
    expect((await rename('c')).status).toBe(200);
    const third = await rename('d');
    expect([third.status, third.headers.get('retry-after')]).toEqual([429, '600']);
    expect(third.headers.get('x-ratelimit-remaining')).not.toBe('0');
  });

  it('a message over an hour old is edited three times, then 30046', async () => {
    const id = String((await post()).body['id']);
    time += 3_600_001;
    const edit = () => call(fake, 'PATCH', `/channels/${channel}/messages/${id}`, { content: 'y' });
    for (let n = 0; n < 3; n++) expect((await edit()).status).toBe(200);
    const refused = await edit();
    expect([refused.status, refused.body['code']]).toEqual([429, 30046]);
  });

  it('a call during its Retry-After is a violation', async () => {
    fake.fault({
      route: 'POST /channels/:channel/messages',
      effect: { kind: 'rate-limit', retryAfterMs: 30_000 },
    });
    expect((await post()).status).toBe(429);
    expect(fake.violations).toEqual([]);
    time += 29_000;
    await post();
    expect(fake.violations).toHaveLength(1);
    fake.violations.length = 0;
    time += 30_000;
    await post();
    expect(fake.violations).toEqual([]);
  });

  it('an address with too many invalid requests is banned', async () => {
    fake.limits.invalid = { count: 3, windowMs: 600_000 };
    for (let n = 0; n < 3; n++) await call(fake, 'GET', '/users/@me', undefined, 'wrong');
    expect((await post()).status).toBe(429);
    expect(fake.violations).toEqual(['banned after 3 invalid requests']);
  });

  it('a message or reply that pings is a violation, one that does not is none', async () => {
    const ann = fake.addUser();
    const path = `/channels/${channel}/messages`;
    const content = `@everyone <@${ann}>`;
    await call(fake, 'POST', path, { content, allowed_mentions: { parse: [] } });
    expect(fake.violations).toEqual([]);
    await call(fake, 'POST', path, { content });
    expect(fake.violations).toEqual([expect.stringContaining(`pings @everyone, <@${ann}>`)]);
  });
});

describe('discord.js under the limits', () => {
  it('waits for the window and breaks no rule', async () => {
    const real = await createDiscordFake({ limits: { route: { count: 2, windowMs: 300 } } });
    const place = real.addTextChannel();
    const client = await loginBot(real);
    try {
      const text = await client.channels.fetch(place);
      if (!text?.isSendable()) throw new Error('not sendable');
      for (const content of ['1', '2', '3', '4', '5']) await text.send(content);
      expect(real.messages(place).map((m) => m.content)).toEqual(['1', '2', '3', '4', '5']);
      expect(real.calls('POST /channels/:channel/messages').every((c) => c.status === 200)).toBe(true);
      expect(real.violations).toEqual([]);
    } finally {
      await client.destroy();
      await real.close();
    }
  });
});
