import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Platform } from '../../../src/core/origin.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { isFullSize, promise, type Tries } from '../../fixtures/promise.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { ask, closeWellBehaved, type Conversation, faithful, settled } from './conversations.ts';
import { emptyBudgets } from './empty-budgets.ts';
import { gate, saying } from './told-workflow.ts';

/** The most calls that a delivery may still make once its place is gone. */
const FURTHER_CALLS = 3;
/** Conversations at a time: the more there are, the less often each is edited. */
const AT_ONCE = 5;
const SIZE = { tries: 50, inCi: 2, timeoutMs: 600_000 };
let archived = gate();

/** Has as many conversations as there are to be tries, a few at a time in each house. */
async function inTurn(
  { count, once }: Tries,
  platform: Platform,
  have: (talk: Conversation, house: RelayService) => Promise<void>,
): Promise<void> {
  let left = count;
  await Promise.all(
    houses.map(async (house) => {
      while (left > 0) {
        const together = Math.min(AT_ONCE, left);
        left -= together;
        await emptyBudgets(house);
        await Promise.all(
          Array.from({ length: together }, () => once(() => have(ask(house, platform, 'go on'), house))),
        );
      }
    }),
  );
}

const steady = saying(async function* ({ signal }, question) {
  if (question === 'short') {
    yield 'Some words that stand there, ';
    await archived.opened;
    yield 'and the rest.';
    return;
  }
  for (let word = 0; !signal.aborted; word += 1) {
    yield `word${word} `;
    await pause(20);
  }
});

/** Several workspaces: in each, edits are seconds apart. */
const HOUSES = isFullSize ? 3 : 1;
let houses: RelayService[] = [];
beforeAll(async () => {
  const opened = Array.from({ length: HOUSES }, () =>
    startRelayService({
      workflows: [steady],
      slack: { limits: false },
      discord: { limits: { global: { count: 1_000, windowMs: 1_000 } } },
    }),
  );
  houses = await Promise.all(opened);
});
afterAll(async () => {
  await Promise.all(houses.map(closeWellBehaved));
});

type Blow = {
  platform: Platform;
  what: string;
  reason: string | null;
  strike: (talk: Conversation, house: RelayService) => void;
};

const blows: Blow[] = [
  {
    platform: 'slack',
    what: 'the message is deleted, and nobody tells',
    reason: 'message_gone',
    strike(talk, house) {
      const isDeletion = (event: Record<string, unknown>) =>
        event['subtype'] === 'message_deleted' && event['channel'] === talk.origin.channel;
      house.slack.faults.event({ type: 'message', when: isDeletion, do: { kind: 'drop' } });
      talk.deleteAnswer();
    },
  },
  { platform: 'slack', what: 'the bot is removed', reason: 'no_access', strike: (talk) => talk.removeBot() },
  {
    platform: 'slack',
    what: 'the channel is archived',
    reason: 'archived',
    strike: ({ origin }, house) => house.slack.archiveChannel(origin.channel),
  },
  {
    platform: 'discord',
    what: 'the message is deleted, and nobody tells',
    reason: 'message_gone',
    strike(talk, house) {
      house.discord.gateway.lose(
        ({ type, data }) => type === 'MESSAGE_DELETE' && data['channel_id'] === talk.origin.thread,
      );
      talk.deleteAnswer();
    },
  },
  {
    platform: 'discord',
    what: 'the bot is removed',
    reason: 'no_access',
    strike: (talk) => talk.removeBot(),
  },
  {
    platform: 'discord',
    what: 'the thread is locked',
    reason: 'locked',
    strike: ({ origin }, house) => house.discord.lock(origin.thread, { archive: true }),
  },
];

for (const { platform, what, reason, strike } of blows) {
  const about = `${platform}: when ${what} during a run, the run ends for that reason within three further calls`;
  promise(26, about, SIZE, async (tries) => {
    await inTurn(tries, platform, async (talk, house) => {
      await eventually(() => ((talk.revisions()[0]?.length ?? 0) > 1 ? true : null), 'it was edited', 30_000);
      const before = talk.calls().length;
      strike(talk, house);
      const end = await settled(house, talk, 30_000);
      expect(end.delivery).toMatchObject({ status: 'failed', reason });
      expect(end.run.status).toBe('cancelled');
      expect(talk.calls().slice(before).length).toBeLessThanOrEqual(FURTHER_CALLS);
    });
  });
}

for (const platform of ['slack', 'discord'] as const) {
  const about = `${platform}: when a person deletes the answer, the run ends, nothing is shown, and at most three calls follow`;
  promise(26, about, SIZE, async (tries) => {
    await inTurn(tries, platform, async (talk, house) => {
      await eventually(() => (talk.shown().length > 0 ? true : null), 'it was posted', 30_000);
      const before = talk.calls().length;
      talk.deleteAnswer();
      const end = await settled(house, talk, 30_000);
      expect(end.run.status).toBe('cancelled');
      expect(talk.shown()).toEqual([]);
      expect(talk.calls().slice(before).length).toBeLessThanOrEqual(FURTHER_CALLS);
    });
  });
}

test('discord: a thread that is archived during a run is opened again, and answered whole', async () => {
  const [house] = houses;
  if (house === undefined) throw new Error('no house');
  archived = gate();
  const talk = ask(house, 'discord', 'short');
  await eventually(() => (talk.shown().length > 0 ? true : null), 'it was posted');
  house.discord.archive(talk.origin.thread);
  archived.open();
  const { got, wanted } = faithful(talk, await settled(house, talk));
  expect(got).toEqual(wanted);
  expect(house.discord.thread(talk.origin.thread)?.archived).toBe(false);
});
