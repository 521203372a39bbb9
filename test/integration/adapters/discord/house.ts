import { createDiscordAdapter } from '../../../../src/adapters/discord/index.ts';
import type { DiscordAdapter, DiscordAdapterOptions } from '../../../../src/adapters/discord/index.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import type { Origin } from '../../../../src/core/origin.ts';
import type { PartAddress, WriteOutcome } from '../../../../src/core/ports.ts';
import { silentLogger } from '../../../../src/core/logger.ts';
import { createDiscordFake } from '../../../fakes/discord/index.ts';
import type { DiscordFake, DiscordFakeOptions } from '../../../fakes/discord/index.ts';
import { createMemoryCursors, createRecordingIngest } from './recording-house.ts';

export type House = Awaited<ReturnType<typeof openHouse>>;

/** discord.js waits 5 s between two identifies; the fake does not ask for it. */
export const identifyAtOnce = () => ({ waitForIdentify: async () => {} });

/** A fake Discord with a forum, a text channel and a person, and an adapter in front of a recording ingest. */
export async function openHouse(
  changes: { fake?: DiscordFakeOptions; adapter?: Partial<DiscordAdapterOptions> } = {},
) {
  const fake: DiscordFake = await createDiscordFake({
    limits: { global: { count: 500, windowMs: 1_000 } },
    ...changes.fake,
  });
  const { ingest, record } = createRecordingIngest();
  const cursors = createMemoryCursors();
  const ada = fake.addUser({ name: 'ada' });
  const forum = fake.addForum({ name: 'help', tags: ['billing', 'bug'] });
  const channel = fake.addTextChannel({ name: 'general' });
  const makeAdapter = (more: Partial<DiscordAdapterOptions> = {}): DiscordAdapter =>
    createDiscordAdapter({
      token: fake.token,
      apiUrl: fake.apiUrl,
      ingest,
      cursors,
      threads: { recentByPlatform: async () => [] },
      logger: silentLogger,
      saveCursorsMs: 20,
      buildIdentifyThrottler: identifyAtOnce,
      ...changes.adapter,
      ...more,
    });
  const adapter = makeAdapter();
  await adapter.start();
  return {
    fake,
    adapter,
    makeAdapter,
    record,
    cursors,
    ada,
    forum,
    channel,
    async close() {
      await adapter.stop(200);
      await fake.close();
    },
  };
}

export const never = new AbortController().signal;

/** The first part of an answer to the message that started the thread. */
export function firstPart(origin: Origin, runId = 'run-1'): PartAddress {
  return { origin, runId, index: 0, replyTo: origin.thread };
}

export function postIn(house: House, title = 'Printer on fire', text = 'It burns.') {
  const { threadId } = house.fake.createForumPost({ forum: house.forum.id, user: house.ada, title, text });
  const origin: Origin = {
    platform: 'discord',
    tenant: house.fake.guildId,
    channel: house.forum.id,
    thread: threadId,
  };
  return { threadId, origin };
}

/** Writes as a scheduler would: again after each wait that Discord asks for. @throws when it is refused */
export async function untilDone<T>(write: () => Promise<WriteOutcome<T>>): Promise<T> {
  for (;;) {
    const outcome = await write();
    if (outcome.kind === 'done') return outcome.value;
    if (outcome.kind !== 'retryable') throw new Error(outcome.sentence);
    await systemClock.sleep(outcome.waitMs);
  }
}
