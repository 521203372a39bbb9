import type { GatewayDispatchPayload, WebSocketOptions } from 'discord.js';
import { Client, Events, GatewayCloseCodes, GatewayIntentBits, Options, Partials } from 'discord.js';
import { ThreadrelayError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { Shard } from './shard.ts';

export type GatewayOptions = {
  token: string;
  apiUrl: string;
  logger: Logger;
  shard: Shard;
  onEvent: (event: GatewayDispatchPayload) => void;
  /** The session ended for good and the adapter hears nothing any more. */
  onFatal: (error: ThreadrelayError) => void;
  buildIdentifyThrottler?: WebSocketOptions['buildIdentifyThrottler'];
};

export interface Gateway {
  /** Resolves when the session is ready. @throws ThreadrelayError with the way to mend it. */
  open(): Promise<void>;
  /** Whether the session stands now. */
  isConnected(): boolean;
  close(): Promise<void>;
}

const WRONG_TOKEN =
  'Discord does not accept the bot token. Reset it in the developer portal (Bot, "Reset Token") and put it into DISCORD_TOKEN.';

const MENDS: Readonly<Record<number, string>> = {
  [GatewayCloseCodes.AuthenticationFailed]: WRONG_TOKEN,
  [GatewayCloseCodes.DisallowedIntents]:
    'Discord does not give the bot the text of messages. Turn on "Message Content Intent" in the developer portal (Bot, "Privileged Gateway Intents").',
  [GatewayCloseCodes.InvalidIntents]: 'Discord does not know an intent that the bot asks for.',
  [GatewayCloseCodes.ShardingRequired]:
    'The bot is in too many servers for so few shards. Start one gateway process a shard, each with its DISCORD_SHARD (docs/scaling.md).',
  [GatewayCloseCodes.InvalidShard]:
    'Discord does not accept DISCORD_SHARD. Give every gateway process the same number of shards, and each a shard below it.',
  [GatewayCloseCodes.InvalidAPIVersion]: 'Discord no longer speaks this version of its gateway.',
};

export function wrongTokenError(): ThreadrelayError {
  return new ThreadrelayError('invalid_configuration', WRONG_TOKEN);
}

/** Everything is read from raw events: only the caches that discord.js cannot work without are kept. */
const NO_CACHE = {
  ApplicationCommandManager: 0,
  ApplicationEmojiManager: 0,
  AutoModerationRuleManager: 0,
  BaseGuildEmojiManager: 0,
  DMMessageManager: 0,
  EntitlementManager: 0,
  GuildBanManager: 0,
  GuildEmojiManager: 0,
  GuildForumThreadManager: 0,
  GuildInviteManager: 0,
  GuildMemberManager: 0,
  GuildMessageManager: 0,
  GuildScheduledEventManager: 0,
  GuildSoundboardSoundManager: 0,
  GuildStickerManager: 0,
  GuildTextThreadManager: 0,
  MessageManager: 0,
  PresenceManager: 0,
  ReactionManager: 0,
  ReactionUserManager: 0,
  StageInstanceManager: 0,
  ThreadManager: 0,
  ThreadMemberManager: 0,
  UserManager: 0,
  VoiceStateManager: 0,
} as const;

/** discord.js's client as far as it is needed: a session that identifies, beats, resumes and reconnects. */
export function createGateway(options: GatewayOptions): Gateway {
  const { logger, shard } = options;
  const client = new Client({
    shards: [shard.index],
    shardCount: shard.count,
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.MessageContent,
      GatewayIntentBits.DirectMessages,
    ],
    partials: [Partials.Channel, Partials.Message, Partials.ThreadMember],
    makeCache: Options.cacheWithLimits(NO_CACHE),
    sweepers: {},
    allowedMentions: { parse: [] },
    rest: { api: options.apiUrl, version: '10' },
    ...(options.buildIdentifyThrottler !== undefined && {
      ws: { buildIdentifyThrottler: options.buildIdentifyThrottler },
    }),
  });
  let closeCode = 0;
  let ready = false;
  let connected = false;
  let closing = false;

  client.on(Events.Raw, (event: GatewayDispatchPayload) => options.onEvent(event));
  client.on(Events.Error, (err) => logger.error({ err }, 'discord client error'));
  client.on(Events.ShardError, (err) => logger.warn({ err }, 'discord connection error'));
  client.on(Events.ShardReady, () => {
    connected = true;
  });
  client.on(Events.ShardReconnecting, () => {
    connected = false;
    if (!closing) logger.info({}, 'discord connection lost, reconnecting');
  });
  client.on(Events.ShardResume, (_, replayed) => {
    connected = true;
    logger.info({ replayed }, 'discord session resumed');
  });
  client.on(Events.ShardDisconnect, ({ code }) => {
    connected = false;
    closeCode = code;
    if (ready && !closing) options.onFatal(errorOf(code, undefined));
  });

  return {
    async open() {
      try {
        await client.login(options.token);
        ready = true;
      } catch (thrown) {
        throw errorOf(closeCode, thrown);
      }
    },
    isConnected: () => connected,
    async close() {
      closing = true;
      await client.destroy();
    },
  };
}

function errorOf(closeCode: number, thrown: unknown): ThreadrelayError {
  const mend = MENDS[closeCode];
  if (mend !== undefined)
    return new ThreadrelayError('invalid_configuration', mend, { details: { closeCode } });
  const isToken = thrown instanceof Error && 'code' in thrown && thrown.code === 'TokenInvalid';
  if (isToken) return wrongTokenError();
  return new ThreadrelayError('platform_unreachable', "Discord's gateway cannot be reached.", {
    retryable: true,
    cause: thrown,
    details: { closeCode },
  });
}
