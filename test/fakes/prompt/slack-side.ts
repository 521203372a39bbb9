import { createSlackFake, escapeText, unescapeText } from '../slack/index.ts';
import type { Room, Side } from './room.ts';

export type SlackSide = Side & {
  /** A person posts in the channel, which is made when it is new; the post starts a thread. */
  open(channel: string, text: string): Room;
};

/** Slack with the channel #support and one person, Ada. */
export async function openSlack(port: number): Promise<SlackSide> {
  const slack = await createSlackFake({ port });
  const user = slack.addUser({ name: 'Ada' }).id;
  const channels = new Map<string, string>();
  const channelNamed = (name: string) => {
    const id = channels.get(name) ?? slack.addChannel({ name }).id;
    channels.set(name, id);
    return id;
  };
  const wire = (text: string) => escapeText(text).replaceAll('@bot', `<@${slack.botUserId}>`);
  const typed = (sent: string) => unescapeText(sent.replaceAll(`<@${slack.botUserId}>`, '@bot'));
  channelNamed('support');

  return {
    environment: {
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.url,
    },
    open(name, text) {
      const channel = channelNamed(name);
      const { ts } = slack.say({ channel, user, text: wire(text) });
      return {
        name: `slack #${name}`,
        thread: ts,
        say: (more) => void slack.say({ channel, user, text: wire(more), threadTs: ts }),
        read: () =>
          slack.thread(channel, ts).map(({ botId, visible, text: sent }) => ({
            isBot: botId !== undefined,
            text: botId === undefined ? typed(sent) : visible,
          })),
      };
    },
    onBotChange(listener) {
      slack.onMessageChanged(({ kind, message }) => {
        if (message.botId !== slack.botId) return;
        const thread = message.threadTs ?? message.ts;
        listener({ thread, kind, edits: message.revisions.length - 1, text: message.visible });
      });
    },
    violations: () => slack.violations,
    close: () => slack.close(),
  };
}
