import type { Delivery } from '../../src/core/deliveries/delivery.ts';
import { outcomeText } from '../../src/core/deliveries/outcome-text.ts';
import type { Message } from '../../src/core/messages/message.ts';
import type { Origin } from '../../src/core/origin.ts';
import type { PlatformWriter } from '../../src/core/ports.ts';
import { splitParts } from '../../src/core/rendering/split-parts.ts';
import { limitOf } from '../../src/core/rendering/text-format.ts';
import type { Run } from '../../src/core/runs/run.ts';
import type { Thread } from '../../src/core/threads/thread.ts';
import type { Stores } from '../../src/store/index.ts';
import type { DiscordFake } from '../fakes/discord/index.ts';
import type { SlackFake } from '../fakes/slack/index.ts';
import { DemoFailure } from './demo-failure.ts';

/** One run and what came of it on its platform. */
export type Answer = {
  run: Run;
  delivery: Delivery;
  /** The stored answer as its platform should show it, message by message. */
  stored: string[];
  /** What the platform shows in the messages that the delivery owns. */
  shown: (string | null)[];
};

/** A conversation as it was persisted and as it stands on its platform. */
export type ReadBack = {
  thread: Thread & { origin: Origin };
  messages: Message[];
  answers: Answer[];
  /** The bot's messages of the thread that no delivery owns: there should be none. */
  strays: string[];
};

/** More than a conversation of the demo has. */
const ALL = 1_000;

/** Reads a conversation from the database and from its platform. @throws DemoFailure when a part of it is missing. */
export async function readBack(
  stores: Stores,
  writer: PlatformWriter,
  platforms: { slack: SlackFake; discord: DiscordFake },
  origin: Origin,
): Promise<ReadBack> {
  const thread = await stores.threads.findByOrigin(origin);
  if (thread === null) throw new DemoFailure(`The thread of ${origin.platform} is not in the database.`);
  const messages = await stores.messages.tail(thread.id, ALL);
  const runs = await stores.runs.listByThread(thread.id, ALL);
  const onPlatform = botMessages(platforms, origin);
  const answers = await Promise.all(
    runs
      .toSorted((one, other) => one.ordinal - other.ordinal)
      .map(async (run): Promise<Answer> => {
        const delivery = await stores.deliveries.find({ threadId: thread.id, runId: run.id });
        if (delivery === null) throw new DemoFailure(`A run on ${origin.platform} has no delivery.`);
        const said = messages.find(({ id }) => id === run.messageIds.at(-1)) ?? null;
        const parts = delivery.parts.toSorted((one, other) => one.index - other.index);
        return {
          run,
          delivery,
          stored: splitParts(outcomeText(run, said), limitOf(writer.text)).map(writer.text.format),
          shown: parts.map(({ messageId }) => onPlatform.get(messageId) ?? null),
        };
      }),
  );
  const owned = new Set(answers.flatMap(({ delivery }) => delivery.parts.map(({ messageId }) => messageId)));
  const strays = [...onPlatform.keys()].filter((id) => !owned.has(id));
  return { thread: { ...thread, origin }, messages, answers, strays };
}

/** What people read of the bot in the thread, by message id. */
function botMessages(
  { slack, discord }: { slack: SlackFake; discord: DiscordFake },
  { platform, channel, thread }: Origin,
): Map<string, string> {
  switch (platform) {
    case 'slack': {
      const ours = slack.thread(channel, thread).filter(({ botId }) => botId === slack.botId);
      return new Map(ours.map(({ ts, visible }) => [ts, visible]));
    }
    case 'discord':
      return new Map(discord.botMessages(thread).map(({ id, content }) => [id, content]));
  }
}
