import type { DiscordFake } from '../fakes/discord/index.ts';
import type { SlackFake } from '../fakes/slack/index.ts';
import { questionText } from './config.ts';
import { type AnswerKind, platformOf, type Traffic } from './plan.ts';

export type People = {
  act(traffic: Traffic): void;
  /** What was done so far, by kind; what had nothing to be done to is not counted. */
  readonly counts: Readonly<Record<Traffic['do'], number>>;
};

/** What one thread's person can do on a platform. */
type Room = {
  ask(text: string): void;
  /** These answer whether there was something to be changed. */
  edit(text: string): boolean;
  delete(): boolean;
  cancel(): boolean;
};

/** Slack limits posts by channel: so many channels share the threads. */
const SLACK_CHANNELS = 12;
/** Every fifth question in Slack mentions the bot, which tells it twice. */
const MENTIONS_EVERY = 5;

/** The people of the soak, one a thread, who do what the plan says. */
export function createPeople(slack: SlackFake, discord: DiscordFake): People {
  const channels = Array.from(
    { length: SLACK_CHANNELS },
    (_, index) => slack.addChannel({ name: `channel-${index}` }).id,
  );
  const { id: forum } = discord.addForum();
  const slackUser = slack.addUser().id;
  const discordUser = discord.addUser();
  const rooms = new Map<number, Room>();
  const counts = { ask: 0, edit: 0, delete: 0, cancel: 0 };

  function roomOf(thread: number): Room {
    const known = rooms.get(thread);
    if (known !== undefined) return known;
    const channel = channels[Math.floor(thread / 2) % channels.length] ?? '';
    const room =
      platformOf(thread) === 'slack'
        ? slackRoom(slack, channel, slackUser)
        : discordRoom(discord, forum, discordUser);
    rooms.set(thread, room);
    return room;
  }

  return {
    counts,
    act(traffic) {
      const room = roomOf(traffic.thread);
      const done = change(room, traffic, counts.ask);
      if (done) counts[traffic.do] += 1;
    },
  };
}

function change(room: Room, traffic: Traffic, number: number): boolean {
  switch (traffic.do) {
    case 'ask':
      room.ask(questionText(traffic.kind, number));
      return true;
    case 'edit':
      return room.edit(questionText('short' satisfies AnswerKind, number));
    case 'delete':
      return room.delete();
    case 'cancel':
      return room.cancel();
  }
}

function slackRoom(slack: SlackFake, channel: string, user: string): Room {
  let root: string | null = null;
  let asked: string[] = [];
  let count = 0;
  return {
    ask(text) {
      count += 1;
      const said = count % MENTIONS_EVERY === 0 ? `${text} <@${slack.botUserId}>` : text;
      const { ts } = slack.say({ channel, user, text: said, ...(root === null ? {} : { threadTs: root }) });
      root ??= ts;
      asked.push(ts);
    },
    edit(text) {
      const last = asked.at(-1);
      if (last !== undefined) slack.editMessage(channel, last, text);
      return last !== undefined;
    },
    delete() {
      const last = asked.pop();
      if (last === undefined) return false;
      slack.deleteMessage(channel, last);
      // Nobody answers in a thread whose root is gone.
      if (last === root) [root, asked] = [null, []];
      return true;
    },
    cancel() {
      if (root === null) return false;
      void slack.emit({ type: 'agent_session_stopped', channel, thread_ts: root, user, event_ts: root });
      return true;
    },
  };
}

function discordRoom(discord: DiscordFake, forum: string, user: string): Room {
  let thread: string | null = null;
  const asked: string[] = [];
  return {
    ask(text) {
      if (thread === null) {
        const post = discord.createForumPost({ forum, user, title: text, text });
        thread = post.threadId;
        asked.push(post.messageId);
        return;
      }
      asked.push(discord.say({ channel: thread, user, text }).id);
    },
    edit(text) {
      const last = asked.at(-1);
      if (last !== undefined) discord.editMessage(last, text);
      return last !== undefined;
    },
    delete() {
      const last = asked.pop();
      if (last !== undefined) discord.deleteMessage(last);
      return last !== undefined;
    },
    /** There is no stop button: who deletes the bot's last words has it stop. */
    cancel() {
      const last = thread === null ? undefined : discord.botMessages(thread).at(-1);
      if (last !== undefined) discord.deleteMessage(last.id);
      return last !== undefined;
    },
  };
}
