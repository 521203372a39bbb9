import type { RelayService } from '../../fixtures/relay-service.ts';
import { platformViolations, writesAfterDeletion } from './call-rules.ts';
import { disorderedAnswers, doubledAnswers, unendedDeliveries } from './delivery-rules.ts';
import { gatherDiscord } from './gather-discord.ts';
import { gatherSlack } from './gather-slack.ts';
import { gatherStored } from './gather-stored.ts';
import { doubledMessages, lostMessages } from './message-rules.ts';
import { doubledRuns, overlappingRuns, unendedRuns } from './run-rules.ts';
import type { CheckOptions, Snapshot } from './snapshot.ts';
import { tornTexts } from './text-rules.ts';

export type { CheckOptions } from './snapshot.ts';

const RULES: readonly ((snapshot: Snapshot, options: CheckOptions) => string[])[] = [
  lostMessages,
  doubledMessages,
  unendedRuns,
  doubledRuns,
  overlappingRuns,
  unendedDeliveries,
  doubledAnswers,
  disorderedAnswers,
  tornTexts,
  writesAfterDeletion,
  platformViolations,
];

/**
 * What is wrong with the history of a house that has come to rest, as plain sentences; none when all is well: no
 * acknowledged message lost, none answered twice, runs of a thread one after the other, every answer whole and as it is
 * stored, and no call that a platform forbids. Call it before the house is closed.
 */
export async function checkHistory(
  house: Pick<RelayService, 'slack' | 'discord' | 'database'>,
  options: CheckOptions = {},
): Promise<string[]> {
  const stored = await gatherStored(house.database);
  const slack = gatherSlack(house.slack);
  const discord = gatherDiscord(house.discord);
  return judge(
    {
      ...stored,
      asked: [...slack.asked, ...discord.asked],
      said: [...slack.said, ...discord.said],
      writes: [...slack.writes, ...discord.writes],
      deletions: [...slack.deletions, ...discord.deletions],
      violations: [...slack.violations, ...discord.violations],
    },
    options,
  );
}

/** The same of what was gathered before. Pure. */
export function judge(snapshot: Snapshot, options: CheckOptions = {}): string[] {
  return RULES.flatMap((rule) => rule(snapshot, options));
}
