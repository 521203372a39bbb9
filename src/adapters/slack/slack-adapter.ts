import type { IncomingMessage, ServerResponse } from 'node:http';
import { App } from '@slack/bolt';
import type { Clock } from '../../core/clock.ts';
import type { ReachCrashPoint } from '../../core/crash-points.ts';
import type { Logger } from '../../core/logger.ts';
import type {
  ApprovalButtons,
  ApprovalDesk,
  MemoryDesk,
  CursorStore,
  Ingest,
  IngestResult,
  PlatformWriter,
  ThinkingIndicator,
  ThreadStore,
} from '../../core/ports.ts';
import { noTelemetry, type Telemetry } from '../../core/telemetry.ts';
import { CatchUp } from './catch-up.ts';
import { CursorTracker } from './cursor-tracker.ts';
import { SlackDirectory } from './directory.ts';
import { createHistoryReader } from './history.ts';
import { SlackHttpReceiver } from './http-receiver.ts';
import { identify, type SlackIdentity } from './identity.ts';
import { isObject, type Json, stringOf } from './json.ts';
import { createPacedCalls } from './paced-calls.ts';
import { isForTeam, parseEvent } from './parse-event.ts';
import { SlackSocketReceiver } from './socket-receiver.ts';
import { listenToCommands } from './take-command.ts';
import { createPressIntake } from './take-press.ts';
import { tellFacts } from './tell.ts';
import { isTs } from './timestamp.ts';
import {
  createWebClient,
  type Fetch,
  SLACK_API_URL,
  slackLogger,
  type WebClientSettings,
} from './web-client.ts';
import { startFault } from './start-fault.ts';
import { createSlackWriter } from './writer.ts';
import { LIMITS } from '../../core/limits.ts';

/** A stop waits this long for events in hand; then Slack sends them again. */
const STOP_TIMEOUT_MS = 10_000;

/** Slack gives an event up after three retries in six minutes; what failed is looked for before. */
const LOOK_AFTER_FAILURE_MS = 60_000;

export type SlackAdapterSettings = {
  /** Bot token, `xoxb-…`. */
  token: string;
  /** Socket Mode with an app token (`xapp-…`), or HTTP with the signing secret. */
  transport: { kind: 'socket'; appToken: string } | { kind: 'http'; signingSecret: string };
  /** Base of the Web API; Slack's own when left out. */
  apiUrl?: string;
  ingest: Ingest;
  /** Decides what buttons ask for; presses are not taken without it. */
  desk?: ApprovalDesk;
  /** Answers what people command about memories; without it, nothing does. */
  memoryDesk?: MemoryDesk;
  cursors: CursorStore;
  threads: Pick<ThreadStore, 'recentByPlatform'>;
  telemetry?: Telemetry;
  logger: Logger;
  clock: Clock;
  crash: ReachCrashPoint;
  /** Listening rules name channels by name: then an event waits for its channel's name. */
  needsChannelNames?: boolean;
  fetch?: Fetch;
};

export type SlackAdapter = {
  /** Resolves when events are taken. @throws ThreadrelayError `invalid_configuration` or `platform_unreachable` */
  start(): Promise<void>;
  /** Takes nothing more, ends what is in hand, saves positions. Never rejects. */
  stop(): Promise<void>;
  readonly writer: PlatformWriter & ThinkingIndicator & ApprovalButtons;
  /** For POST /slack/events, with the body unread; answers 503 unless the transport is HTTP and started. */
  handleRequest(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Who the bot is; null before start. */
  identity(): SlackIdentity | null;
  /** Whether events arrive: false while a lost socket is opened again. */
  isConnected(): boolean;
  /** Resolves when what was missed so far has been read after. For tests and the demo. */
  caughtUp(): Promise<void>;
};

/** Everything of Slack for one bot token. Events are acknowledged only when `ingest` has persisted what they mean. */
export function createSlackAdapter(settings: SlackAdapterSettings): SlackAdapter {
  const { ingest, clock, crash, logger, cursors, threads, transport, telemetry = noTelemetry } = settings;
  const web: WebClientSettings = {
    apiUrl: settings.apiUrl ?? SLACK_API_URL,
    logger,
    fetch: settings.fetch ?? globalThis.fetch,
  };
  const client = createWebClient(settings.token, web);
  const directory = new SlackDirectory(client, clock, logger);
  const tracker = new CursorTracker();
  const { desk } = settings;
  const takePress = desk === undefined ? null : createPressIntake({ desk, client, logger });
  const stopping = new AbortController();
  const { signal } = stopping;
  let identity: SlackIdentity | null = null;
  let catchUp: CatchUp | null = null;
  let lookAfterFailure = false;

  const receiver =
    transport.kind === 'http'
      ? new SlackHttpReceiver({ signingSecret: transport.signingSecret, clock, crash, telemetry, logger })
      : new SlackSocketReceiver({
          ...web,
          appToken: transport.appToken,
          clock,
          crash,
          telemetry,
          onLost: (at) => catchUp?.noteLost(at),
          onReconnected: () => void catchUp?.run(),
        });
  let keeping: Promise<void> = Promise.resolve();

  async function handleEvent(event: Json, bot: SlackIdentity): Promise<IngestResult[]> {
    const channel = stringOf(event['channel']);
    if (settings.needsChannelNames === true && channel !== undefined) await directory.learnChannel(channel);
    // One token serves one team. Events and what is read after a gap must name the same origin, so the tenant is the
    // token's team: `team_id` of an event in a shared channel may be another organisation's.
    const facts = parseEvent(event, { identity: bot, names: directory, tenant: bot.teamId });
    const results = await tellFacts(facts, ingest, directory);
    logger.debug({ event: event['type'], channel, results }, 'slack event taken');
    return results;
  }

  /** One event of Slack's, from its arrival until it may be acknowledged. */
  async function handlePayload(body: Json, bot: SlackIdentity): Promise<void> {
    if ((await takePress?.(body, bot.teamId)) === true) return;
    const { event } = body;
    if (!isObject(event) || !isForTeam(body, bot.teamId)) return;
    await crash('ingest.received');
    const channel = stringOf(event['channel']);
    const { ts } = event;
    const persisted = channel !== undefined && isTs(ts) ? tracker.enter(channel, ts) : () => {};
    try {
      await handleEvent(event, bot);
    } catch (error) {
      lookAfterFailure = true;
      throw error;
    }
    persisted();
    await crash('ingest.before_acknowledge');
  }

  function createApp(bot: SlackIdentity): App {
    const app = new App({
      receiver,
      authorize: async () => ({
        botToken: settings.token,
        botUserId: bot.botUserId,
        teamId: bot.teamId,
        ...(bot.botId === null ? {} : { botId: bot.botId }),
      }),
      // Facts decide what is ours; Bolt's own filter lets our edits through, and its store only grows.
      ignoreSelf: false,
      convoStore: false,
      logger: slackLogger(logger),
      clientOptions: { slackApiUrl: web.apiUrl },
    });
    app.use(async ({ body, next }) => {
      if (isObject(body)) await handlePayload(body, bot);
      await next();
    });
    if (settings.memoryDesk !== undefined) listenToCommands(app, settings.memoryDesk, bot.teamId);
    app.error(async (error) => {
      throw error;
    });
    return app;
  }

  async function saveCursors(): Promise<void> {
    try {
      await catchUp?.saveMoved();
    } catch (error) {
      logger.warn({ err: error }, 'slack positions could not be saved');
    }
  }

  async function keepCursors(): Promise<void> {
    let sinceLook = 0;
    while (!signal.aborted) {
      await clock.sleep(LIMITS.cursorSaveMs, signal);
      await saveCursors();
      sinceLook += LIMITS.cursorSaveMs;
      if (!lookAfterFailure || sinceLook < LOOK_AFTER_FAILURE_MS) continue;
      lookAfterFailure = false;
      sinceLook = 0;
      void catchUp?.run();
    }
  }

  return {
    writer: createSlackWriter(client, clock, logger),
    identity: () => identity,
    isConnected: () => receiver.isConnected,
    caughtUp: async () => catchUp?.settled(),
    handleRequest: async (request, response) => {
      if (receiver instanceof SlackHttpReceiver) return receiver.handle(request, response);
      response.writeHead(503, { 'content-length': 0 }).end();
    },

    async start() {
      const bot = await identify(client).catch((error: unknown) => {
        throw startFault(error, 'SLACK_BOT_TOKEN');
      });
      identity = bot;
      const history = createHistoryReader(client, createPacedCalls(clock, signal));
      catchUp = new CatchUp({
        teamId: bot.teamId,
        tracker,
        history,
        cursors,
        threads,
        clock,
        logger,
        signal,
        noteChannel: (id, name) => directory.noteChannel(id, name),
        async handle(event) {
          const results = await handleEvent(event, bot);
          if (results.some(({ kind }) => kind === 'run')) telemetry.backfilled('slack');
        },
      });
      catchUp.noteLost(null);
      try {
        await createApp(bot).start();
      } catch (error) {
        throw startFault(error, 'SLACK_APP_TOKEN');
      }
      logger.info({ team: bot.teamId, bot: bot.botUserId, transport: transport.kind }, 'slack connected');
      void catchUp.run();
      keeping = keepCursors();
    },

    async stop() {
      stopping.abort();
      directory.stop();
      const bound = new AbortController();
      const ended = Promise.all([receiver.stop().catch(() => {}), catchUp?.settled()]);
      await Promise.race([ended, clock.sleep(STOP_TIMEOUT_MS, bound.signal)]);
      bound.abort();
      await keeping;
      await saveCursors();
    },
  };
}
