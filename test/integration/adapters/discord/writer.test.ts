import { afterEach, describe, expect, it } from 'vitest';
import { createDiscordRelay } from '../../../../src/adapters/discord/index.ts';
import type { Origin } from '../../../../src/core/origin.ts';
import type { WriteOutcome } from '../../../../src/core/ports.ts';
import { promise } from '../../../fixtures/promise.ts';
import type { House } from './house.ts';
import { firstPart, never, openHouse, postIn, untilDone } from './house.ts';

const POST = 'POST /channels/:channel/messages';

let house: House;
afterEach(() => house.close());

function idOf(outcome: WriteOutcome<{ messageId: string } | null>): string {
  if (outcome.kind !== 'done' || outcome.value === null)
    throw new Error(`no message: ${JSON.stringify(outcome)}`);
  return outcome.value.messageId;
}

describe('writing to Discord', () => {
  it('posts, edits and removes', async () => {
    house = await openHouse();
    const { writer } = house.adapter;
    const { origin, threadId } = postIn(house);
    const address = firstPart(origin);
    const id = idOf(await writer.post(address, 'first', never));
    await writer.edit(address, id, 'second', never);
    expect(house.fake.botMessages(threadId).map((message) => message.content)).toEqual(['second']);
    expect(await writer.remove(address, id, never)).toEqual({ kind: 'done', value: undefined });
    expect(house.fake.botMessages(threadId)).toEqual([]);
    expect(await writer.remove(address, id, never)).toMatchObject({ kind: 'done' });
    expect(house.fake.violations).toEqual([]);
  });

  it('opens the thread of a mention with the first part, and only then', async () => {
    house = await openHouse();
    const { fake, channel, ada, adapter } = house;
    const { id } = fake.say({ channel, user: ada, text: `<@${fake.botUserId}> how do I log in?\nplease` });
    const origin: Origin = { platform: 'discord', tenant: fake.guildId, channel, thread: id };
    const address = firstPart(origin);

    expect(await adapter.writer.findPosted(address, never)).toEqual({ kind: 'done', value: null });
    expect(fake.thread(id)).toBeUndefined();
    await adapter.writer.showThinking(origin);
    idOf(await adapter.writer.post(address, 'like this', never));

    expect(fake.thread(id)).toMatchObject({ name: 'how do I log in?', parentId: channel });
    expect(fake.botMessages(id).at(-1)?.content).toBe('like this');
    const other = await adapter.writer.post({ ...address, index: 1 }, 'and this', never);
    expect(other.kind).toBe('done');
  });

  it('a deleted thread is not opened again', async () => {
    house = await openHouse();
    const { threadId, origin } = postIn(house);
    const id = idOf(await house.adapter.writer.post(firstPart(origin), 'x', never));
    house.fake.deleteThread(threadId);
    const calls = house.fake.history.length;
    expect(await house.adapter.writer.edit(firstPart(origin), id, 'y', never)).toMatchObject({
      kind: 'rejected',
      reason: 'thread_gone',
    });
    expect(await house.adapter.writer.post(firstPart(origin, 'r2'), 'y', never)).toMatchObject({
      kind: 'rejected',
      reason: 'thread_gone',
    });
    expect(house.fake.history.length - calls).toBeLessThanOrEqual(3);
  });

  it('an archived thread is opened and edited, a locked one refuses with that reason', async () => {
    house = await openHouse();
    const { fake, adapter } = house;
    const { threadId, origin } = postIn(house);
    const address = firstPart(origin);
    const id = idOf(await adapter.writer.post(address, 'draft', never));
    fake.archive(threadId);
    expect(await adapter.writer.edit(address, id, 'final', never)).toMatchObject({ kind: 'done' });
    expect(fake.thread(threadId)?.archived).toBe(false);
    expect(fake.botMessages(threadId)[0]?.content).toBe('final');

    fake.lock(threadId, { archive: true });
    expect(await adapter.writer.edit(address, id, 'late', never)).toMatchObject({ reason: 'locked' });
    expect(await adapter.writer.post({ ...address, index: 1 }, 'late', never)).toMatchObject({
      reason: 'locked',
    });
  });

  it('a deleted message, a removed bot and taken permissions are named', async () => {
    house = await openHouse();
    const { fake, adapter } = house;
    const { origin } = postIn(house);
    const address = firstPart(origin);
    const id = idOf(await adapter.writer.post(address, 'draft', never));
    fake.deleteMessage(id);
    expect(await adapter.writer.edit(address, id, 'x', never)).toMatchObject({ reason: 'message_gone' });
    fake.denyPermissions(house.forum.id);
    expect(await adapter.writer.edit(address, id, 'x', never)).toMatchObject({ reason: 'no_access' });
    fake.removeBot();
    expect(await adapter.writer.edit(address, id, 'x', never)).toMatchObject({ reason: 'no_access' });
  });

  it('23. a post repeated by another process makes one message with the newer text', async () => {
    house = await openHouse();
    const { fake, adapter } = house;
    const { threadId, origin } = postIn(house);
    const address = firstPart(origin);
    const first = idOf(await adapter.writer.post(address, 'torn prev', never));
    const other = createDiscordRelay({ token: fake.token, apiUrl: fake.apiUrl });
    const again = idOf(await other.writer.post(address, 'the whole answer', never));
    other.close();
    expect(again).toBe(first);
    expect(fake.botMessages(threadId).map((message) => message.content)).toEqual(['the whole answer']);
  });

  it('24. a post accepted and never answered is uncertain, and is one message when it is repeated', async () => {
    house = await openHouse({ adapter: { timeoutMs: 300 } });
    const { fake, adapter } = house;
    const { threadId, origin } = postIn(house);
    const address = firstPart(origin);
    fake.fault({ route: POST, effect: { kind: 'accept-silence' } });
    expect((await adapter.writer.post(address, 'hello', never)).kind).toBe('ambiguous');
    // The gateway's echo told this process of its own post.
    const id = fake.botMessages(threadId)[0]?.id;
    const found = await adapter.writer.findPosted(address, never);
    expect(found).toEqual({ kind: 'done', value: { messageId: id } });
    expect(idOf(await adapter.writer.post(address, 'hello', never))).toBe(id);
    expect(fake.botMessages(threadId)).toHaveLength(1);
  });

  it('23. another process finds a post by reading, and never posts while it looks', async () => {
    house = await openHouse();
    const { fake, adapter } = house;
    const { origin } = postIn(house);
    const address = firstPart(origin);
    const id = idOf(await adapter.writer.post(address, 'hello', never));
    const other = createDiscordRelay({ token: fake.token, apiUrl: fake.apiUrl });
    const posts = fake.calls(POST).length;
    // Where Discord no longer shows nonces this would be null, and the nonce keeps the repeated post from doubling.
    expect(await other.writer.findPosted(address, never)).toEqual({ kind: 'done', value: { messageId: id } });
    expect(await other.writer.findPosted({ ...address, index: 1 }, never)).toEqual({
      kind: 'done',
      value: null,
    });
    expect(fake.calls(POST).length).toBe(posts);
    other.close();
  });

  it('a server error leaves a post uncertain, and an edit worth another try', async () => {
    house = await openHouse();
    const { fake, adapter } = house;
    const { origin } = postIn(house);
    const address = firstPart(origin);
    const id = idOf(await adapter.writer.post(address, 'x', never));
    fake.fault({ effect: { kind: 'status', status: 502 }, times: 2 });
    expect((await adapter.writer.post({ ...address, index: 1 }, 'y', never)).kind).toBe('ambiguous');
    expect((await adapter.writer.edit(address, id, 'y', never)).kind).toBe('retryable');
  });

  it('22. a limit comes back with its wait at once, and no call is made before', async () => {
    house = await openHouse();
    const { fake, adapter } = house;
    const { origin } = postIn(house);
    const address = firstPart(origin);
    const id = idOf(await adapter.writer.post(address, 'x', never));
    fake.fault({
      route: 'PATCH /channels/:channel/messages/:message',
      effect: { kind: 'rate-limit', retryAfterMs: 30_000 },
    });
    const startedAt = Date.now();
    const first = await adapter.writer.edit(address, id, 'y', never);
    expect(first).toMatchObject({ kind: 'retryable', rateLimited: true });
    expect(first.kind === 'retryable' && first.waitMs).toBeGreaterThanOrEqual(30_000);
    const calls = fake.history.length;
    for (let n = 0; n < 20; n += 1) {
      const again = await adapter.writer.edit(address, id, `z${n}`, never);
      expect(again.kind === 'retryable' && again.waitMs).toBeGreaterThan(28_000);
    }
    expect(fake.history.length).toBe(calls);
    expect(Date.now() - startedAt).toBeLessThan(2_000);
    expect(fake.violations).toEqual([]);
  });

  it('a used-up bucket is retryable without a call', async () => {
    house = await openHouse();
    const { fake, adapter } = house;
    const { origin } = postIn(house);
    const outcomes = [];
    for (let index = 0; index < 7; index += 1) {
      outcomes.push(await adapter.writer.post({ ...firstPart(origin), index }, 'x', never));
    }
    expect(outcomes.map((outcome) => outcome.kind)).toEqual([
      'done',
      'done',
      'done',
      'done',
      'done',
      'retryable',
      'retryable',
    ]);
    expect(fake.calls(POST)).toHaveLength(5);
    expect(fake.violations).toEqual([]);
  });

  const quiet = 'in Discord, what the model writes pings nobody and unfolds no link';
  promise(37, quiet, { tries: 30, timeoutMs: 60_000 }, async ({ count, passed }) => {
    house = await openHouse({ fake: { limits: { route: { count: 500, windowMs: 1_000 } } } });
    const { fake, adapter, ada } = house;
    const { origin, threadId } = postIn(house);
    const hostile = [
      '@everyone',
      '@here',
      `<@${ada}>`,
      `<@!${ada}>`,
      '<@&1234567>',
      '![x](https://evil.test/p.png)',
    ];
    for (let n = 0; n < Math.max(count, hostile.length); n += 1) {
      const markdown = `${hostile[n % hostile.length]} \`${hostile[(n + 1) % hostile.length]}\` ${n}`;
      const formatted = adapter.writer.text.format(markdown);
      await untilDone(() => adapter.writer.post({ ...firstPart(origin), index: n }, formatted, never));
      // The guard holds for text that was never formatted, too.
      await untilDone(() => adapter.writer.post({ ...firstPart(origin, 'raw'), index: n }, markdown, never));
    }
    expect(fake.violations).toEqual([]);
    for (const message of fake.botMessages(threadId)) expect(message.flags & 4).toBe(4);
    passed(Math.max(count, hostile.length));
  });

  it('texts at the limit are taken, longer or empty ones are refused without a call', async () => {
    house = await openHouse();
    const { fake, adapter } = house;
    const { origin } = postIn(house);
    expect((await adapter.writer.post(firstPart(origin), 'x'.repeat(2_000), never)).kind).toBe('done');
    const calls = fake.history.length;
    expect(await adapter.writer.post(firstPart(origin), 'x'.repeat(2_001), never)).toMatchObject({
      reason: 'too_long',
    });
    expect(await adapter.writer.post(firstPart(origin), ' ', never)).toMatchObject({ reason: 'invalid' });
    expect(fake.history.length).toBe(calls);
  });
});
