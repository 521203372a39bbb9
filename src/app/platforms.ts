import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../core/clock.ts';
import type { ReachCrashPoint } from '../core/crash-points.ts';
import type { Logger } from '../core/logger.ts';
import type { Platform } from '../core/origin.ts';
import type { CursorStore, Ingest, PlatformWriter, ThreadStore } from '../core/ports.ts';
import type { DiscordEnvironment, SlackEnvironment } from './config/environment.ts';

export type PlatformParts = {
  slack: SlackEnvironment | undefined;
  discord: DiscordEnvironment | undefined;
  /** Platforms whose events this process takes; it writes to all that have a token. */
  listensTo: ReadonlySet<string>;
  ingest: Ingest;
  cursors: CursorStore;
  threads: ThreadStore;
  slackNeedsChannelNames: boolean;
  clock: Clock;
  crash: ReachCrashPoint;
  logger: Logger;
};

export type Platforms = {
  writers: ReadonlyMap<Platform, PlatformWriter>;
  /** Slack's events over HTTP; null when they come over a socket, or not to this process. */
  slackEvents: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | null;
  start(): Promise<void>;
  stop(): Promise<void>;
};

type Connected = {
  writer: PlatformWriter;
  slackEvents?: Platforms['slackEvents'];
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** Makes the adapters of the platforms that have a token; nothing is sent before `start`. */
export async function connectPlatforms(parts: PlatformParts): Promise<Platforms> {
  const connected = [
    ...(parts.slack === undefined ? [] : [await connectSlack(parts, parts.slack)]),
    ...(parts.discord === undefined ? [] : [await connectDiscord(parts, parts.discord)]),
  ];
  return {
    writers: new Map(connected.map(({ writer }) => [writer.platform, writer])),
    slackEvents:
      connected.map(({ slackEvents }) => slackEvents ?? null).find((handle) => handle !== null) ?? null,
    async start() {
      await Promise.all(connected.map((each) => each.start()));
    },
    async stop() {
      await Promise.all(connected.map((each) => each.stop()));
    },
  };
}

// The platforms' libraries are most of the service's memory, so each is loaded only where it is used.

async function connectSlack(parts: PlatformParts, slack: SlackEnvironment): Promise<Connected> {
  const { ingest, cursors, threads, clock, crash, logger } = parts;
  const token = slack.botToken.reveal();
  if (!parts.listensTo.has('slack')) {
    const { createWebClient } = await import('../adapters/slack/web-client.ts');
    const { createSlackWriter } = await import('../adapters/slack/writer.ts');
    const client = createWebClient(token, { apiUrl: slack.apiUrl, logger, fetch: globalThis.fetch });
    return { writer: createSlackWriter(client, clock, logger), start: async () => {}, stop: async () => {} };
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
    cursors,
    threads,
    clock,
    crash,
    logger,
  });
  return {
    writer: adapter.writer,
    slackEvents: connection.mode === 'http' ? adapter.handleRequest : null,
    start: () => adapter.start(),
    stop: () => adapter.stop(),
  };
}

async function connectDiscord(parts: PlatformParts, discord: DiscordEnvironment): Promise<Connected> {
  const { ingest, cursors, threads, clock, crash, logger } = parts;
  const connection = { token: discord.token.reveal(), apiUrl: discord.apiUrl, clock };
  const { createDiscordAdapter, createDiscordRelay } = await import('../adapters/discord/index.ts');
  if (!parts.listensTo.has('discord')) {
    const { writer, close } = createDiscordRelay(connection);
    return { writer, start: async () => {}, stop: async () => close() };
  }
  const adapter = createDiscordAdapter({ ...connection, ingest, cursors, threads, crash, logger });
  return { writer: adapter.writer, start: () => adapter.start(), stop: () => adapter.stop() };
}
