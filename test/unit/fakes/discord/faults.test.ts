import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiscordFake } from '../../../fakes/discord/index.ts';
import { createDiscordFake } from '../../../fakes/discord/index.ts';
import { call } from './rest.ts';

const route = 'POST /channels/:channel/messages';
let fake: DiscordFake;
let channel: string;

beforeEach(async () => {
  fake = await createDiscordFake({ seed: 7, limits: { route: { count: 1_000, windowMs: 5_000 } } });
  channel = fake.addTextChannel();
});

afterEach(async () => {
  await fake.close();
});

const post = (content: string) => call(fake, 'POST', `/channels/${channel}/messages`, { content });
const texts = () => fake.messages(channel).map((message) => message.content);

describe('scripted faults', () => {
  it('strike the nth call and then as often as said', async () => {
    fake.fault({ route, nth: 2, times: 2, effect: { kind: 'status', status: 500 } });
    const statuses: number[] = [];
    for (const text of ['1', '2', '3', '4']) statuses.push((await post(text)).status);
    expect(statuses).toEqual([200, 500, 500, 200]);
    expect(texts()).toEqual(['1', '4']);
  });

  it('cut the connection before or after the call was done', async () => {
    fake.fault({ when: (c) => c.body['content'] === 'before', effect: { kind: 'reset' } });
    fake.fault({ when: (c) => c.body['content'] === 'after', effect: { kind: 'accept-reset' } });
    await expect(post('before')).rejects.toThrow();
    await expect(post('after')).rejects.toThrow();
    expect(texts()).toEqual(['after']);
  });

  it('do the call and answer late', async () => {
    fake.fault({ route, effect: { kind: 'accept-late', ms: 200 } });
    let answered = false;
    const late = post('done').then((answer) => {
      answered = true;
      return answer;
    });
    await fake.until(() => texts().length === 1);
    expect(answered).toBe(false);
    expect((await late).status).toBe(200);
  });

  it('do the call and never answer', async () => {
    fake.fault({ route, effect: { kind: 'accept-silence' } });
    const silent = post('done').catch(() => 'cut');
    await fake.until(() => texts().length === 1);
    expect(fake.calls(route)[0]?.status).toBeUndefined();
    await fake.close();
    expect(await silent).toBe('cut');
    fake = await createDiscordFake();
  });

  it('answer with any error of Discord', async () => {
    fake.fault({ route, effect: { kind: 'error', status: 403, code: 50001, message: 'Missing Access' } });
    expect((await post('x')).body).toEqual({ code: 50001, message: 'Missing Access' });
  });

  it('by chance are the same for the same seed', async () => {
    const outcome = async () => {
      const other = await createDiscordFake({ seed: 3, limits: { route: { count: 99, windowMs: 5_000 } } });
      const place = other.addTextChannel();
      other.fault({ chance: 0.5, effect: { kind: 'status', status: 502 } });
      const statuses: number[] = [];
      for (let n = 0; n < 12; n++) {
        statuses.push((await call(other, 'POST', `/channels/${place}/messages`, { content: 'x' })).status);
      }
      await other.close();
      return statuses;
    };
    const first = await outcome();
    expect(new Set(first)).toEqual(new Set([200, 502]));
    expect(await outcome()).toEqual(first);
  });
});
