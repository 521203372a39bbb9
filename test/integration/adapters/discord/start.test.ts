import { afterEach, describe, expect, it } from 'vitest';
import { checkDiscord, createDiscordAdapter } from '../../../../src/adapters/discord/index.ts';
import { ThreadrelayError } from '../../../../src/core/errors.ts';
import { silentLogger } from '../../../../src/core/logger.ts';
import { createDiscordFake } from '../../../fakes/discord/index.ts';
import type { DiscordFake } from '../../../fakes/discord/index.ts';
import { identifyAtOnce } from './house.ts';
import { createMemoryCursors, createRecordingIngest } from './recording-house.ts';

let fake: DiscordFake;
afterEach(() => fake.close());

function adapterWith(token: string, apiUrl = fake.apiUrl) {
  return createDiscordAdapter({
    token,
    apiUrl,
    ingest: createRecordingIngest().ingest,
    cursors: createMemoryCursors(),
    threads: { recentByPlatform: async () => [] },
    logger: silentLogger,
    buildIdentifyThrottler: identifyAtOnce,
  });
}

async function failureOfStart(token: string, apiUrl?: string): Promise<ThreadrelayError> {
  const adapter = adapterWith(token, apiUrl);
  const thrown: unknown = await adapter.start().then(
    () => new Error('it started'),
    (error: unknown) => error,
  );
  await adapter.stop(0);
  if (!(thrown instanceof ThreadrelayError)) throw thrown;
  expect(JSON.stringify([thrown.message, thrown.details, String(thrown.cause)])).not.toContain(token);
  return thrown;
}

describe('starting', () => {
  it('tells who the bot is', async () => {
    fake = await createDiscordFake({ botName: 'relay' });
    const adapter = adapterWith(fake.token);
    await adapter.start();
    expect(adapter.identity()).toEqual({ botId: fake.botUserId, name: 'relay' });
    await adapter.stop();
    await fake.until(() => fake.gateway.connected() === 0);
  });

  it('with a wrong token says how to get a right one, and never names it', async () => {
    fake = await createDiscordFake();
    const error = await failureOfStart('MTIz.wrong.token-of-mine');
    expect(error).toMatchObject({ code: 'invalid_configuration', retryable: false });
    expect(error.message).toContain('DISCORD_TOKEN');
  });

  it('without the intent says which one to turn on', async () => {
    fake = await createDiscordFake({ enabledIntents: [] });
    const error = await failureOfStart(fake.token);
    expect(error.code).toBe('invalid_configuration');
    expect(error.message).toContain('Message Content Intent');
  });

  it('without a server is worth another try', async () => {
    fake = await createDiscordFake();
    const error = await failureOfStart(fake.token, 'http://127.0.0.1:9/api');
    expect(error).toMatchObject({ code: 'platform_unreachable', retryable: true });
  });
});

describe('the doctor', () => {
  it('names each fault with its mend', async () => {
    fake = await createDiscordFake({ enabledIntents: [] });
    const forum = fake.addForum({ name: 'help' });
    const hidden = fake.addForum({ name: 'hidden' });
    fake.denyPermissions(hidden.id);
    const connection = { token: fake.token, apiUrl: fake.apiUrl };
    const checks = await checkDiscord({ ...connection, channels: [forum.id, hidden.id, '123'] });
    expect(checks.map((check) => check.ok)).toEqual([true, false, true, false, false]);
    for (const check of checks) expect(check.mend === null).toBe(check.ok);
    const wrong = await checkDiscord({ ...connection, token: 'wrong' });
    expect(wrong).toMatchObject([{ name: 'discord token', ok: false }]);
  });
});
