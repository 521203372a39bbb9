import { afterEach, expect, test } from 'vitest';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { ask, settled } from '../../integration/delivery/conversations.ts';
import { checkHistory } from './check-history.ts';

let house: RelayService;
afterEach(() => house.close());

test('nothing is found in a house that answered, and a message that the bot knows nothing of is', async () => {
  house = await startRelayService();
  const talks = (['slack', 'discord'] as const).map((platform) => ask(house, platform, 'Hello?'));
  await Promise.all(talks.map((talk) => settled(house, talk)));
  expect(await checkHistory(house)).toEqual([]);

  const [inSlack] = talks;
  await house.database.models.deliveries.updateMany({}, { $set: { parts: [] } });
  await house.database.models.runs.updateMany({}, { $set: { triggerMessageIds: [] } });
  const found = await checkHistory(house);
  expect(found.filter((sentence) => sentence.includes('has no run'))).toHaveLength(2);
  expect(found.filter((sentence) => sentence.includes('belongs to no delivery'))).toHaveLength(2);
  expect(found.join()).toContain(inSlack?.origin.channel);
});
