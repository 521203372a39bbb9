import type { Origin } from '../../src/core/origin.ts';
import type { DiscordFake } from '../fakes/discord/index.ts';
import type { SlackFake } from '../fakes/slack/index.ts';

/** The bot's message as people saw it after its post (edit 0) or one of its edits. */
export type SeenRevision = {
  platform: Origin['platform'];
  /** Thread of the platform that it stands in. */
  thread: string;
  edit: number;
  text: string;
};

/** Tells of each change of the bot's messages as the platforms show it. The result ends it. */
export function watchAnswers(
  { slack, discord }: { slack: SlackFake; discord: DiscordFake },
  onRevision: (revision: SeenRevision) => void,
): () => void {
  const unwatchSlack = slack.onMessageChanged(({ kind, message }) => {
    if (kind === 'deleted' || message.botId !== slack.botId) return;
    onRevision({
      platform: 'slack',
      thread: message.threadTs ?? message.ts,
      edit: message.revisions.length - 1,
      text: message.visible,
    });
  });
  const unwatchDiscord = discord.onChange(({ kind, channelId, messageId, authorId, content }) => {
    if (authorId !== discord.botUserId || messageId === undefined) return;
    if (kind !== 'created' && kind !== 'edited') return;
    const edit = discord.revisions(messageId).length - 1;
    onRevision({ platform: 'discord', thread: channelId, edit, text: content });
  });
  return () => {
    unwatchSlack();
    unwatchDiscord();
  };
}
