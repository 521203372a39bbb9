import type { DiscordFake, RestCall } from '../../fakes/discord/index.ts';
import type { AskedMessage, Deletion, SaidMessage, Snapshot, WriteCall } from './snapshot.ts';

type DiscordPart = Pick<Snapshot, 'asked' | 'said' | 'writes' | 'deletions' | 'violations'>;

/** Discord's types of messages that somebody wrote: default and reply. */
const WRITTEN = new Set([0, 19]);

const KINDS: Readonly<Record<string, WriteCall['kind']>> = {
  'POST /channels/:channel/messages': 'post',
  'PATCH /channels/:channel/messages/:message': 'edit',
  'DELETE /channels/:channel/messages/:message': 'remove',
};

/** What the fake Discord recorded, as the checker reads it. */
export function gatherDiscord(discord: DiscordFake): DiscordPart {
  const written = discord
    .everyMessage()
    .filter(({ type, ephemeral, channelExists }) => WRITTEN.has(type) && !ephemeral && channelExists);
  const own = written.filter(({ fromBot }) => fromBot);
  const writes = discord.history.flatMap(readWrite);
  const removed = new Set(
    writes
      .filter(({ kind, outcome }) => kind === 'remove' && outcome !== 'refused')
      .map(({ messageId }) => messageId),
  );
  return {
    asked: written
      .filter(({ authorIsBot }) => !authorIsBot)
      .map(
        (message): AskedMessage => ({
          platform: 'discord',
          place: message.channelId,
          messageId: message.id,
          text: message.content,
          hasFiles: message.attachments.length > 0,
          acknowledged: true,
          deleted: message.deletedAt !== undefined,
        }),
      ),
    said: own
      .filter(({ deletedAt }) => deletedAt === undefined)
      .map(
        (message): SaidMessage => ({
          platform: 'discord',
          place: message.channelId,
          messageId: message.id,
          text: message.content,
          names: null,
          streaming: false,
        }),
      ),
    writes,
    deletions: own.flatMap(({ id, channelId, deletedAt }): Deletion[] =>
      deletedAt === undefined
        ? []
        : [
            {
              platform: 'discord',
              place: channelId,
              messageId: id,
              at: deletedAt,
              by: removed.has(id) ? 'bot' : 'person',
            },
          ],
    ),
    violations: discord.violations.map((what) => ({ platform: 'discord', what, toldForMs: null })),
  };
}

function readWrite({ at, route, path, status }: RestCall): WriteCall[] {
  const kind = KINDS[route];
  if (kind === undefined) return [];
  const [, , place = '', , messageId] = path.split('/');
  const refused = status !== undefined && status >= 400 && status < 500 && status !== 429;
  return [
    {
      platform: 'discord',
      place,
      at,
      kind,
      messageId: messageId ?? null,
      outcome: status !== undefined && status < 300 ? 'accepted' : refused ? 'refused' : 'failed',
    },
  ];
}
