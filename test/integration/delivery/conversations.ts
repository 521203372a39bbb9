import { discordText } from '../../../src/adapters/discord/format.ts';
import { slackText } from '../../../src/adapters/slack/format.ts';
import { outcomeText } from '../../../src/core/deliveries/outcome-text.ts';
import type { Delivery } from '../../../src/core/deliveries/delivery.ts';
import type { Message } from '../../../src/core/messages/message.ts';
import type { Origin, Platform } from '../../../src/core/origin.ts';
import { splitParts } from '../../../src/core/rendering/split-parts.ts';
import { limitOf } from '../../../src/core/rendering/text-format.ts';
import type { Run } from '../../../src/core/runs/run.ts';
import { eventually } from '../../fixtures/eventually.ts';
import type { RelayService } from '../../fixtures/relay-service.ts';

/** A person's question on a platform, and what is seen below it. */
export type Conversation = {
  platform: Platform;
  origin: Origin;
  /** The bot's messages as people see them now, oldest first. */
  shown(): string[];
  /** Every text that the bot's messages have had, one list a message. */
  revisions(): string[][];
  /** Calls so far that write here, or look for what was written. */
  calls(): string[];
  deleteAnswer(): void;
  removeBot(): void;
};

type House = Pick<RelayService, 'slack' | 'discord' | 'stores'>;

/** Asks in a channel of its own on Slack, in a guild and forum post of its own on Discord. */
export function ask(house: House, platform: Platform, text: string): Conversation {
  return prepare(house, platform)(text);
}

/** Makes the channel, or the guild and its forum, in which the question will be asked. */
export function prepare(house: House, platform: Platform): (text: string) => Conversation {
  return platform === 'slack' ? prepareOnSlack(house) : prepareOnDiscord(house);
}

let channels = 0;

function prepareOnSlack(house: House): (text: string) => Conversation {
  channels += 1;
  const { id: channel } = house.slack.addChannel({ name: `channel-${channels}` });
  const user = house.slack.addUser().id;
  return (text) => askOnSlack(house, channel, user, text);
}

function askOnSlack({ slack }: House, channel: string, user: string, text: string): Conversation {
  const { ts } = slack.say({ channel, user, text });
  const answers = () => slack.thread(channel, ts).filter(({ botId }) => botId !== undefined);
  return {
    platform: 'slack',
    origin: { platform: 'slack', tenant: slack.teamId, channel, thread: ts },
    shown: () => answers().map(({ visible }) => visible),
    revisions: () => answers().map(({ revisions }) => revisions.map(({ visible }) => visible)),
    calls: () =>
      slack.history
        .filter(
          ({ method, args }) =>
            args['channel'] === channel && /^chat\.|^conversations\.replies$/.test(method),
        )
        .map(({ method, error, outcome }) => `${method} ${error ?? outcome}`),
    deleteAnswer: () => slack.deleteMessage(channel, answers()[0]?.ts ?? ''),
    removeBot: () => slack.removeBot(channel),
  };
}

function prepareOnDiscord(house: House): (text: string) => Conversation {
  const guild = house.discord.addGuild();
  const forum = house.discord.addForum({ guild }).id;
  const user = house.discord.addUser();
  return (text) => askOnDiscord(house, { guild, forum, user }, text);
}

function askOnDiscord(
  { discord }: House,
  { guild, forum, user }: { guild: string; forum: string; user: string },
  text: string,
): Conversation {
  const { threadId } = discord.createForumPost({ forum, user, title: 'A question', text });
  return {
    platform: 'discord',
    origin: { platform: 'discord', tenant: guild, channel: forum, thread: threadId },
    shown: () => discord.botMessages(threadId).map(({ content }) => content),
    revisions: () =>
      discord.botMessages(threadId).map(({ id }) => discord.revisions(id).map(({ content }) => content)),
    calls: () =>
      discord.history
        .filter(
          ({ path, route }) =>
            path.startsWith(`/channels/${threadId}`) &&
            (/\/messages/.test(path) || route.startsWith('PATCH')),
        )
        .map(({ route, status, code }) => `${route} ${status ?? '-'} ${code ?? ''}`),
    deleteAnswer: () => discord.deleteMessage(discord.botMessages(threadId)[0]?.id ?? ''),
    removeBot: () => discord.removeBot(guild),
  };
}

export type Settled = { run: Run; delivery: Delivery; answer: Message | null };

/** The run that the question set off, once there is one. */
export async function runOf({ stores }: House, { origin }: Conversation, withinMs?: number): Promise<Run> {
  return eventually(
    async () => {
      const thread = await stores.threads.findByOrigin(origin);
      const [run] = thread === null ? [] : await stores.runs.listByThread(thread.id, 1);
      return run ?? null;
    },
    'the question sets off a run',
    withinMs,
  );
}

/** Waits until the delivery has ended; answers what is stored then. */
export async function settled(house: House, conversation: Conversation, withinMs?: number): Promise<Settled> {
  const { id: runId, threadId } = await runOf(house, conversation, withinMs);
  const { stores } = house;
  const ref = { threadId, runId };
  const delivery = await eventually(
    async () => {
      const found = await stores.deliveries.find(ref);
      return found?.status === 'done' || found?.status === 'failed' ? found : null;
    },
    `the delivery of ${runId} ends`,
    withinMs,
  );
  const run = await eventually(
    async () => {
      const found = await stores.runs.find(ref);
      return found !== null && found.endedAt !== null ? found : null;
    },
    `the run ${runId} ends`,
    withinMs,
  );
  const lastId = run.messageIds.at(-1);
  const answer = lastId === undefined ? null : await stores.messages.find(threadId, lastId);
  return { run, delivery, answer };
}

/** What people must see in the end: the stored outcome as the platform shows it, part by part. */
export function rendered(platform: Platform, { run, answer }: Settled): string[] {
  return renderedText(platform, outcomeText(run, answer));
}

export function renderedText(platform: Platform, markdown: string): string[] {
  const format = platform === 'slack' ? slackText : discordText;
  const parts = splitParts(markdown, limitOf(format)).map((part) => format.format(part));
  // Discord drops white space at the ends of a message.
  return platform === 'discord' ? parts.map((part) => part.trim()) : parts;
}

/** Says that the delivery is done, and that people see exactly what is stored. */
export function faithful(conversation: Conversation, end: Settled) {
  return {
    got: { status: end.delivery.status, reason: end.delivery.reason, shown: conversation.shown() },
    wanted: { status: 'done', reason: null, shown: rendered(conversation.platform, end) },
  };
}

/** Throws when a fake saw what a well-behaved bot never does; closes the house in any case. */
export async function closeWellBehaved(house: RelayService): Promise<void> {
  const violations = [...house.slack.violations, ...house.discord.violations];
  await house.close();
  if (violations.length > 0) throw new Error(violations.join('\n'));
}
