import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../core/clock.ts';
import type { ReachCrashPoint } from '../core/crash-points.ts';
import type { Logger } from '../core/logger.ts';
import type { Platform } from '../core/origin.ts';
import type {
  ApprovalDesk,
  MemoryDesk,
  CursorStore,
  Ingest,
  PlatformWriter,
  ThreadStore,
} from '../core/ports.ts';
import type { Telemetry } from '../core/telemetry.ts';
import type { DiscordEnvironment, SlackEnvironment } from './config/environment.ts';
import { type Connection, keepConnecting } from './keep-connecting.ts';

export type PlatformParts = {
  slack: SlackEnvironment | undefined;
  discord: DiscordEnvironment | undefined;
  /** Platforms whose events this process takes; it writes to all that have a token. */
  listensTo: ReadonlySet<string>;
  ingest: Ingest;
  desk: ApprovalDesk;
  /** Where assistants have memories. */
  memoryDesk?: MemoryDesk;
  cursors: CursorStore;
  threads: ThreadStore;
  slackNeedsChannelNames: boolean;
  clock: Clock;
  random: () => number;
  crash: ReachCrashPoint;
  telemetry: Telemetry;
  logger: Logger;
};

export type Platforms = {
  writers: ReadonlyMap<Platform, PlatformWriter>;
  /** Slack's events over HTTP; null when they come over a socket, or not to this process. */
  slackEvents: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | null;
  /** Resolves when events arrive from each platform that can be reached. @throws ThreadrelayError for wrong credentials */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The platforms whose events this process takes: whether they arrive. */
  connected(): ReadonlyMap<Platform, boolean>;
  /** Names those whose events should arrive and do not. */
  notReady(): string[];
};

type Connected = {
  writer: PlatformWriter;
  slackEvents?: Platforms['slackEvents'];
  /** Null in a process that only writes to the platform: it connects with each write. */
  connection: Pick<Connection, 'start' | 'stop' | 'isReady'> | null;
  close?: () => void;
};

const TITLES: Record<Platform, string> = { slack: 'Slack', discord: 'Discord' };

/** Makes the adapters of the platforms that have a token; nothing is sent before `start`. */
export async function connectPlatforms(parts: PlatformParts): Promise<Platforms> {
  const connected = [
    ...(parts.slack === undefined ? [] : [await connectSlack(parts, parts.slack)]),
    ...(parts.discord === undefined ? [] : [await connectDiscord(parts, parts.discord)]),
  ];
  const states = () =>
    connected.flatMap(({ writer, connection }): [Platform, boolean][] =>
      connection === null ? [] : [[writer.platform, connection.isReady()]],
    );
  return {
    writers: new Map(connected.map(({ writer }) => [writer.platform, writer])),
    slackEvents:
      connected.map(({ slackEvents }) => slackEvents ?? null).find((handle) => handle !== null) ?? null,
    async start() {
      await Promise.all(connected.map(async ({ connection }) => connection?.start()));
    },
    async stop() {
      await Promise.all(connected.map(async ({ connection }) => connection?.stop()));
      for (const { close } of connected) close?.();
    },
    connected: () => new Map(states()),
    notReady: () => states().flatMap(([platform, isReady]) => (isReady ? [] : [TITLES[platform]])),
  };
}

// The platforms' libraries are most of the service's memory, so each is loaded only where it is used.

async function connectSlack(parts: PlatformParts, slack: SlackEnvironment): Promise<Connected> {
  const { ingest, desk, cursors, threads, clock, crash, telemetry, logger } = parts;
  const token = slack.botToken.reveal();
  if (!parts.listensTo.has('slack')) {
    const { createWebClient } = await import('../adapters/slack/web-client.ts');
    const { createSlackWriter } = await import('../adapters/slack/writer.ts');
    const client = createWebClient(token, { apiUrl: slack.apiUrl, logger, fetch: globalThis.fetch });
    return { writer: createSlackWriter(client, clock, logger), connection: null };
  }
  const { createSlackAdapter } = await import('../adapters/slack/slack-adapter.ts');
  const { connection } = slack;
  const adapter = createSlackAdapter({
    token,
    transport:
      connection.mode === 'socket'
        ? { kind: 'socket', appToken: connection.appToken.reveal() }
        : { kind: 'http', signingSecret: connection.signingSecret.reveal() },
    apiUrl: slack.apiUrl,
    needsChannelNames: parts.slackNeedsChannelNames,
    ingest,
    desk,
    ...ofMemories(parts),
    cursors,
    threads,
    clock,
    crash,
    telemetry,
    logger,
  });
  return {
    writer: adapter.writer,
    slackEvents: connection.mode === 'http' ? adapter.handleRequest : null,
    connection: keepConnecting({
      ...parts,
      title: TITLES.slack,
      isConnected: () => adapter.isConnected(),
      connect: () => adapter.start(),
      disconnect: () => adapter.stop(),
    }),
  };
}

async function connectDiscord(parts: PlatformParts, discord: DiscordEnvironment): Promise<Connected> {
  const { ingest, desk, cursors, threads, clock, crash, telemetry, logger } = parts;
  const connection = { token: discord.token.reveal(), apiUrl: discord.apiUrl, clock };
  const { createDiscordAdapter, createDiscordRelay } = await import('../adapters/discord/index.ts');
  if (!parts.listensTo.has('discord')) {
    const { writer, close } = createDiscordRelay(connection);
    return { writer, connection: null, close };
  }
  const adapter = createDiscordAdapter({
    ...connection,
    shard: discord.shard,
    ingest,
    desk,
    ...ofMemories(parts),
    cursors,
    threads,
    crash,
    telemetry,
    logger,
    onFatal: (error) => kept.end(error),
  });
  const kept = keepConnecting({
    ...parts,
    title: TITLES.discord,
    isConnected: () => adapter.isConnected(),
    connect: () => adapter.start(),
    disconnect: () => adapter.stop(),
  });
  return { writer: adapter.writer, connection: kept };
}

function ofMemories({ memoryDesk }: PlatformParts): { memoryDesk?: MemoryDesk } {
  return memoryDesk === undefined ? {} : { memoryDesk };
}
