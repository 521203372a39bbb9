import type {
  RESTPutAPIApplicationCommandsJSONBody,
  APIApplication,
  APIChannel,
  APIInteractionResponse,
  APIMessage,
  APIThreadChannel,
  APIUser,
  RESTPatchAPIChannelMessageJSONBody,
  RESTPostAPIChannelMessageJSONBody,
} from 'discord.js';
import { REST, RateLimitError, Routes } from 'discord.js';
import type { Clock } from '../../core/clock.ts';
import type { Bucket } from './call-gate.ts';
import { createCallGate } from './call-gate.ts';
import type { Failure } from './write-outcome.ts';
import { failureOf } from './write-outcome.ts';
import { LIMITS } from '../../core/limits.ts';

export type ApiOptions = {
  token: string;
  /** Discord's REST address without version, as `https://discord.com/api`. */
  apiUrl: string;
  clock: Clock;
  /** A call without an answer for so long is given up; whether it happened is then unknown. */
  timeoutMs?: number;
};

export type ApiResult<T> = { kind: 'done'; value: T } | (Failure & { code?: number });

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Call = {
  method: Method;
  route: `/${string}`;
  /** The route without ids, and the id that Discord counts it by. */
  bucket: string;
  major: string;
  body?: unknown;
  query?: Record<string, string>;
  signal?: AbortSignal | undefined;
  repeatable?: boolean;
  /** The address holds its own right to be called. */
  withoutToken?: true;
};

/** The calls of Discord that the adapter makes. None of them throws or sleeps; each is made at most once. */
export interface DiscordApi {
  me(): Promise<ApiResult<APIUser>>;
  application(): Promise<ApiResult<APIApplication>>;
  channel(id: string): Promise<ApiResult<APIChannel>>;
  message(channel: string, id: string, signal?: AbortSignal): Promise<ApiResult<APIMessage>>;
  /** At most 100 messages, those that follow `after` most closely. */
  messagesAfter(channel: string, after: string, signal?: AbortSignal): Promise<ApiResult<APIMessage[]>>;
  archivedThreads(
    channel: string,
    before: string | null,
    signal?: AbortSignal,
  ): Promise<ApiResult<{ threads: APIThreadChannel[]; has_more: boolean }>>;
  post(
    channel: string,
    body: RESTPostAPIChannelMessageJSONBody,
    signal?: AbortSignal,
  ): Promise<ApiResult<APIMessage>>;
  edit(
    channel: string,
    id: string,
    body: RESTPatchAPIChannelMessageJSONBody,
    signal?: AbortSignal,
  ): Promise<ApiResult<APIMessage>>;
  remove(channel: string, id: string, signal?: AbortSignal): Promise<ApiResult<unknown>>;
  unarchive(thread: string, signal?: AbortSignal): Promise<ApiResult<unknown>>;
  openThread(
    channel: string,
    message: string,
    name: string,
    signal?: AbortSignal,
  ): Promise<ApiResult<APIThreadChannel>>;
  /** Answers an interaction, which Discord waits for three seconds. Counts against no limit of the bot's. */
  respond(id: string, token: string, response: APIInteractionResponse): Promise<ApiResult<unknown>>;
  /** Replaces the commands that the application offers everywhere. */
  putCommands(
    application: string,
    commands: RESTPutAPIApplicationCommandsJSONBody,
  ): Promise<ApiResult<unknown>>;
  typing(channel: string): Promise<ApiResult<unknown>>;
  /** Forgets timers, so that the process can end. */
  close(): void;
}

/** A posted answer is not mistaken for another: the JSON code is kept beside the outcome where a caller needs it. */
function codeOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'number' ? thrown.code : undefined;
}

/**
 * discord.js's REST with its own waiting and repeating switched off: a limit comes back as `retryable` with the wait,
 * whether Discord said it just now or discord.js knows it from an earlier answer.
 */
export function createDiscordApi(options: ApiOptions): DiscordApi {
  const gate = createCallGate(options.clock);
  const rest = new REST({
    api: options.apiUrl,
    version: '10',
    timeout: options.timeoutMs ?? LIMITS.platformCallMs,
    retries: 0,
    rejectOnRateLimit: () => true,
  }).setToken(options.token);
  let unauthorised = false;

  async function call<T>(request: Call): Promise<ApiResult<T>> {
    const bucket: Bucket = { method: request.method, route: request.bucket, major: request.major };
    // discord.js drops a token that was refused once; so do we: 10,000 refused calls in ten minutes ban the address.
    if (unauthorised) {
      return {
        kind: 'rejected',
        reason: 'bad_credentials',
        sentence: 'Discord does not accept the bot token.',
      };
    }
    const waitMs = gate.waitFor(bucket);
    if (waitMs > 0) {
      // Who was told to wait has held every budget that it concerns.
      const sentence = 'Discord asks to slow down.';
      return { kind: 'retryable', waitMs, rateLimited: true, firstBudgetOnly: true, sentence };
    }
    try {
      const init = {
        ...(request.body !== undefined && { body: request.body }),
        ...(request.query !== undefined && { query: new URLSearchParams(request.query) }),
        ...(request.signal !== undefined && { signal: request.signal }),
        ...(request.withoutToken === true && { auth: false }),
      };
      // The API's version is pinned, and discord-api-types is its contract: the one place where an answer gets its type.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const value = (await send(request, init)) as T;
      return { kind: 'done', value };
    } catch (thrown) {
      if (thrown instanceof RateLimitError) gate.close(bucket, thrown);
      const failure = failureOf(thrown, request.repeatable ?? request.method !== 'POST');
      if (
        failure.kind === 'rejected' &&
        failure.reason === 'bad_credentials' &&
        request.withoutToken !== true
      )
        unauthorised = true;
      const code = codeOf(thrown);
      return code === undefined ? failure : { ...failure, code };
    }
  }

  function send(request: Call, init: Parameters<REST['get']>[1]): Promise<unknown> {
    if (request.method === 'GET') return rest.get(request.route, init);
    if (request.method === 'POST') return rest.post(request.route, init);
    if (request.method === 'PUT') return rest.put(request.route, init);
    if (request.method === 'PATCH') return rest.patch(request.route, init);
    return rest.delete(request.route, init);
  }

  return {
    me: () => call({ method: 'GET', route: Routes.user(), bucket: 'user', major: '' }),
    application: () =>
      call({ method: 'GET', route: Routes.currentApplication(), bucket: 'application', major: '' }),
    channel: (id) => call({ method: 'GET', route: Routes.channel(id), bucket: 'channel', major: id }),
    message: (channel, id, signal) =>
      call({
        method: 'GET',
        route: Routes.channelMessage(channel, id),
        bucket: 'message',
        major: channel,
        signal,
      }),
    messagesAfter: (channel, after, signal) =>
      call({
        method: 'GET',
        route: Routes.channelMessages(channel),
        bucket: 'messages',
        major: channel,
        query: { after, limit: '100' },
        signal,
      }),
    archivedThreads: (channel, before, signal) =>
      call({
        method: 'GET',
        route: Routes.channelThreads(channel, 'public'),
        bucket: 'archived',
        major: channel,
        query: { limit: '100', ...(before !== null && { before }) },
        signal,
      }),
    post: (channel, body, signal) =>
      call({
        method: 'POST',
        route: Routes.channelMessages(channel),
        bucket: 'messages',
        major: channel,
        body,
        signal,
      }),
    edit: (channel, id, body, signal) =>
      call({
        method: 'PATCH',
        route: Routes.channelMessage(channel, id),
        bucket: 'message',
        major: channel,
        body,
        signal,
      }),
    remove: (channel, id, signal) =>
      call({
        method: 'DELETE',
        route: Routes.channelMessage(channel, id),
        bucket: 'message',
        major: channel,
        signal,
      }),
    unarchive: (thread, signal) =>
      call({
        method: 'PATCH',
        route: Routes.channel(thread),
        bucket: 'channel',
        major: thread,
        body: { archived: false },
        signal,
      }),
    openThread: (channel, message, name, signal) =>
      call({
        method: 'POST',
        route: Routes.threads(channel, message),
        bucket: 'threads',
        major: channel,
        body: { name },
        signal,
        repeatable: true,
      }),
    respond: (id, token, response) =>
      call({
        method: 'POST',
        route: Routes.interactionCallback(id, token),
        bucket: 'interaction',
        major: id,
        body: response,
        withoutToken: true,
      }),
    putCommands: (application, body) =>
      call({
        method: 'PUT',
        route: Routes.applicationCommands(application),
        bucket: 'commands',
        major: application,
        body,
      }),
    typing: (channel) =>
      call({
        method: 'POST',
        route: Routes.channelTyping(channel),
        bucket: 'typing',
        major: channel,
        repeatable: true,
      }),
    close() {
      rest.clearHandlerSweeper();
      rest.clearHashSweeper();
    },
  };
}
