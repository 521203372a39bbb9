import type { Origin } from '../../src/core/origin.ts';
import { type DiscordFake, createDiscordFake } from '../fakes/discord/index.ts';
import { createSlackFake, escapeText, type SlackFake } from '../fakes/slack/index.ts';

/** The platforms of the demo with the places that threadrelay.yaml names, and the people in them. */
export type Platforms = {
  slack: SlackFake;
  discord: DiscordFake;
  /** Each starts a thread; `close` is not theirs. */
  conversations: Conversation[];
  close(): Promise<void>;
};

/** One person's side of a conversation. */
export type Conversation = {
  platform: Origin['platform'];
  /** Where it takes place, for a person: `#support`. */
  place: string;
  person: string;
  questions: readonly string[];
  /** Asks the question; the first one starts the thread. Answers where it stands. */
  ask(question: string): { origin: Origin; sourceId: string };
};

/** Starts loopback Slack and Discord with their usual limits, and sets the scene. */
export async function openPlatforms(): Promise<Platforms> {
  const slack = await createSlackFake();
  const discord = await createDiscordFake();
  return {
    slack,
    discord,
    conversations: [slackConversation(slack), discordConversation(discord)],
    close: async () => void (await Promise.all([slack.close(), discord.close()])),
  };
}

function slackConversation(slack: SlackFake): Conversation {
  const channel = slack.addChannel({ name: 'support' }).id;
  const user = slack.addUser({ name: 'Ada' }).id;
  let thread: string | null = null;
  return {
    platform: 'slack',
    place: '#support',
    person: 'Ada',
    questions: [
      'TICKET-4821: our program gets 401. How do we make a new API key, and which scope does it need?',
      'And how are the tokens of the bot rotated without losing messages?',
    ],
    ask(question) {
      const text = escapeText(question);
      const { ts } =
        thread === null
          ? slack.say({ channel, user, text: `<@${slack.botUserId}> ${text}` })
          : slack.say({ channel, user, text, threadTs: thread });
      thread ??= ts;
      return { origin: { platform: 'slack', tenant: slack.teamId, channel, thread }, sourceId: ts };
    },
  };
}

function discordConversation(discord: DiscordFake): Conversation {
  const forum = discord.addForum({ name: 'help', tags: ['billing', 'bug'] });
  const user = discord.addUser({ name: 'Bea' });
  let thread: string | null = null;
  return {
    platform: 'discord',
    place: 'forum "help", tag "billing"',
    person: 'Bea',
    questions: ['What happens when a worker is killed in the middle of an answer?'],
    ask(question) {
      const title = 'Half an answer on our bill';
      const tags = [forum.tags['billing'] ?? ''];
      const { id } =
        thread === null
          ? { id: discord.createForumPost({ forum: forum.id, user, title, text: question, tags }).threadId }
          : discord.say({ channel: thread, user, text: question });
      thread ??= id;
      return {
        origin: { platform: 'discord', tenant: discord.guildId, channel: forum.id, thread },
        sourceId: id,
      };
    },
  };
}
