import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../fixtures/eventually.ts';
import { isFullSize } from '../../fixtures/promise.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { ask, closeWellBehaved, faithful, settled } from './conversations.ts';
import { gate, saying } from './told-workflow.ts';

let house: RelayService;
afterEach(() => closeWellBehaved(house));

const WORDS = `
projects: { default: {} }
assistants:
  words:
    model: { provider: scripted, tokens: 20, delay_ms: 20 }
slack: { answer: every_message }
discord: { answer: every_message }
`;

const platforms = ['slack', 'discord'] as const;

const RUNS = isFullSize ? 100 : 10;
const RUNS_A_HOUSE = 15;
const ENOUGH = { count: 1_000, windowMs: 1_000 };

async function another(old: RelayService | null): Promise<RelayService> {
  if (old !== null) await closeWellBehaved(old);
  return startRelayService({
    config: WORDS,
    slack: { limits: false },
    discord: { limits: { route: ENOUGH, global: ENOUGH } },
  });
}

const percentile = (sorted: number[], share: number) => sorted[Math.ceil(sorted.length * share) - 1];

test.each(platforms)(
  '%s: the final text follows the last token',
  async (platform) => {
    const waits: number[] = [];
    for (let count = 0; count < RUNS; count += 1) {
      // Our own budgets stay in force: a new house now and then begins with empty ones.
      if (count % RUNS_A_HOUSE === 0) house = await another(count > 0 ? house : null);
      const talk = ask(house, platform, 'Hello?');
      const end = await settled(house, talk);
      const { got, wanted } = faithful(talk, end);
      expect(got).toEqual(wanted);
      waits.push(Number(end.delivery.finalAt) - Number(end.run.endedAt));
    }
    const sorted = waits.toSorted((a, b) => a - b);
    // Told, not asserted: a loaded machine is no broken promise.
    console.info(
      `${platform}: end of run to final text of ${waits.length} runs: p50 ${percentile(sorted, 0.5)} ms, p99 ${percentile(sorted, 0.99)} ms`,
    );
  },
  120_000,
);

test('an answer is announced until its first words are there, and not after', async () => {
  const thought = gate();
  const thinking = saying(async function* () {
    await thought.opened;
    yield 'Here it is.';
  });
  house = await startRelayService({ workflows: [thinking] });
  const { slack, discord } = house;
  const [inSlack, inDiscord] = [ask(house, 'slack', 'Hello?'), ask(house, 'discord', 'Hello?')];
  const status = () => slack.statusOf(inSlack.origin.channel, inSlack.origin.thread);
  const typing = () =>
    discord
      .calls('POST /channels/:channel/typing')
      .filter(({ path }) => path.includes(inDiscord.origin.thread));
  await eventually(() => (status() !== undefined && typing().length > 0 ? true : null), 'both are announced');
  expect([...inSlack.shown(), ...inDiscord.shown()]).toEqual([]);
  thought.open();
  await Promise.all([settled(house, inSlack), settled(house, inDiscord)]);
  expect(status()).toBeUndefined();
  expect(typing()).toHaveLength(1);
});
