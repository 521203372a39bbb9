import type { Clock } from '../../core/clock.ts';
import { systemClock } from '../../core/clock.ts';
import type { ReachCrashPoint } from '../../core/crash-points.ts';
import { noCrash } from '../../core/crash-points.ts';
import { ThreadrelayError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type {
  ApprovalDesk,
  MemoryDesk,
  CursorStore,
  Ingest,
  PlatformWriter,
  ThinkingIndicator,
  ThreadStore,
} from '../../core/ports.ts';
import { noTelemetry, type Telemetry } from '../../core/telemetry.ts';
import type { DiscordApi } from './api.ts';
import { createDiscordApi } from './api.ts';
import { Backfill } from './backfill.ts';
import { CursorBook } from './cursor-book.ts';
import { Directory } from './directory.ts';
import { createEventReader } from './event-reader.ts';
import type { Gateway, GatewayOptions } from './gateway.ts';
import { createGateway, wrongTokenError } from './gateway.ts';
import { Lanes } from './lanes.ts';
import { createMessageIntake } from './message-intake.ts';
import type { PostedParts } from './posted-parts.ts';
import { createPostedParts } from './posted-parts.ts';
import { ALL_GUILDS, type Shard, takesDirectMessages } from './shard.ts';
import { createCommandIntake, declareCommands } from './take-command.ts';
import { createPressIntake } from './take-press.ts';
import { createDiscordWriter } from './writer.ts';
import { LIMITS } from '../../core/limits.ts';

export type DiscordConnection = {
  token: string;
  /** Discord's REST address without version: `https://discord.com/api`. */
  apiUrl: string;
  clock?: Clock;
  /** A post without an answer for so long is uncertain. */
  timeoutMs?: number;
};

export type DiscordAdapterOptions = DiscordConnection & {
  ingest: Ingest;
  /** Decides what buttons ask for; presses are not taken without it. */
  desk?: ApprovalDesk;
  /** Answers what people command about memories; the commands are declared only with it. */
  memoryDesk?: MemoryDesk;
  cursors: CursorStore;
  threads: Pick<ThreadStore, 'recentByPlatform'>;
  logger: Logger;
  telemetry?: Telemetry;
  crash?: ReachCrashPoint;
  /** Whose events to take; all unless given. */
  shard?: Shard;
  /** Called when Discord ends the session for good (token reset, intent taken away). */
  onFatal?: (error: ThreadrelayError) => void;
  /** Cursors are saved this often; a crash reads again what came since. */
  saveCursorsMs?: number;
  /** Events that may wait for the store before newer ones are left to the backfill. */
  queueCapacity?: number;
  buildIdentifyThrottler?: GatewayOptions['buildIdentifyThrottler'];
};

/** Events in hand get this long to be persisted; what is not then is read again from its cursor. */
const STOP_GRACE_MS = 5_000;

type DiscordIdentity = { botId: string; name: string };

export interface DiscordAdapter {
  /** Resolves when events arrive. @throws ThreadrelayError whose sentence says how to mend it; never with the token. */
  start(): Promise<void>;
  /** Takes no more events, lets those under way be persisted (at most `graceMs`), saves cursors, disconnects. */
  stop(graceMs?: number): Promise<void>;
  readonly writer: PlatformWriter & ThinkingIndicator;
  /** Who the bot is; null before `start`. */
  identity(): DiscordIdentity | null;
  /** Whether events arrive: false while a lost session is resumed. */
  isConnected(): boolean;
}

type Rest = { api: DiscordApi; posted: PostedParts; writer: PlatformWriter & ThinkingIndicator };

function connect(connection: DiscordConnection): Rest {
  const { token, apiUrl, timeoutMs, clock = systemClock } = connection;
  const api = createDiscordApi({ token, apiUrl, clock, ...(timeoutMs !== undefined && { timeoutMs }) });
  const posted = createPostedParts();
  let botId: string | null = null;
  const writer = createDiscordWriter({
    api,
    posted,
    async botId() {
      if (botId !== null) return botId;
      const me = await api.me();
      if (me.kind === 'done') botId = me.value.id;
      return botId;
    },
  });
  return { api, posted, writer };
}

/** The writing half alone, for processes that relay answers and hear no events. */
export function createDiscordRelay(connection: DiscordConnection): {
  writer: PlatformWriter & ThinkingIndicator;
  close(): void;
} {
  const { api, writer } = connect(connection);
  return { writer, close: () => api.close() };
}

/** Discord as one room of the house: what people write becomes facts for ingest, answers are written by `writer`. */
export function createDiscordAdapter(options: DiscordAdapterOptions): DiscordAdapter {
  const { logger, clock = systemClock, shard = ALL_GUILDS } = options;
  const { api, posted, writer } = connect(options);
  const book = new CursorBook(options.cursors);
  const lanes = new Lanes(clock, logger, options.queueCapacity);
  const saving = new AbortController();
  let identity: DiscordIdentity | null = null;
  let gateway: Gateway | null = null;

  async function saveCursors(): Promise<void> {
    try {
      await book.save();
    } catch (thrown) {
      logger.warn({ err: thrown }, 'discord cursors not saved, trying again');
    }
  }

  async function keepSaving(backfill: Backfill): Promise<void> {
    while (!saving.signal.aborted) {
      await clock.sleep(options.saveCursorsMs ?? LIMITS.cursorSaveMs, saving.signal);
      if (saving.signal.aborted) return;
      await saveCursors();
      void backfill.recover();
    }
  }

  async function start(): Promise<void> {
    const me = await api.me();
    if (me.kind === 'rejected') throw wrongTokenError();
    if (me.kind !== 'done') {
      throw new ThreadrelayError(
        'platform_unreachable',
        `${me.sentence} Check DISCORD_API_URL and the network.`,
        {
          retryable: true,
        },
      );
    }
    const botId = me.value.id;
    const directory = new Directory();
    const shared = { api, directory, lanes, book, clock, logger, botId, posted };
    const telemetry = options.telemetry ?? noTelemetry;
    const intake = { ...shared, telemetry, ingest: options.ingest, crash: options.crash ?? noCrash };
    const take = createMessageIntake(intake);
    const backfill = new Backfill({ ...shared, telemetry, threads: options.threads, take });
    const opened = createGateway({
      token: options.token,
      apiUrl: options.apiUrl,
      logger,
      shard,
      onEvent: createEventReader({
        ...intake,
        take,
        backfill,
        threads: options.threads,
        takesDirectMessages: takesDirectMessages(shard),
        takePress: options.desk && createPressIntake({ ...shared, desk: options.desk }),
        takeCommand: options.memoryDesk && createCommandIntake({ ...shared, desk: options.memoryDesk }),
      }),
      onFatal: options.onFatal ?? ((error) => logger.error({ err: error }, error.message)),
      buildIdentifyThrottler: options.buildIdentifyThrottler,
    });
    gateway = opened;
    await opened.open();
    identity = { botId, name: me.value.username };
    if (options.memoryDesk !== undefined) await declareCommands(api, logger);
    void keepSaving(backfill);
    const shardName = `${shard.index}/${shard.count}`;
    logger.info({ botId, name: me.value.username, shard: shardName }, 'discord connected');
  }

  return {
    start,
    writer,
    identity: () => identity,
    isConnected: () => gateway?.isConnected() ?? false,
    async stop(graceMs = STOP_GRACE_MS) {
      saving.abort();
      await lanes.stop(graceMs);
      await saveCursors();
      await gateway?.close();
      api.close();
    },
  };
}
