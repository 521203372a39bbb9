import { homedir } from 'node:os';
import { join } from 'node:path';
import { readKeyValueList } from '../tracing/key-value-list.ts';
import { ConfigurationError, type ConfigurationFault } from './configuration-error.ts';
import {
  DEFAULT_RATE,
  environmentSchema,
  type EnvironmentVariables,
  type LOG_LEVELS,
  readList,
} from './environment-schema.ts';
import { knownSecrets } from './known-secrets.ts';
import { Secret } from './secret.ts';

export interface SlackEnvironment {
  readonly botToken: Secret;
  readonly connection:
    | { readonly mode: 'socket'; readonly appToken: Secret }
    | { readonly mode: 'http'; readonly signingSecret: Secret };
  /** Ends with a slash, as Slack's client wants it. */
  readonly apiUrl: string;
}

export interface DiscordEnvironment {
  readonly token: Secret;
  /** Ends without a slash and without a version, as discord.js wants it. */
  readonly apiUrl: string;
  /** The part of the bot's servers whose events this process takes; `index` counts from 0. */
  readonly shard: { readonly index: number; readonly count: number };
}

/** Where traces go. */
export interface TracingEnvironment {
  /** May hold a password. */
  readonly endpoint: Secret;
  /** `name=value,name=value`, percent-encoded. */
  readonly headers: Secret | undefined;
  readonly serviceName: string;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly sampleRatio: number;
}

/** How programs may use the HTTP API. */
export interface ApiEnvironment {
  /** Origins whose pages may call it; `*` is any. */
  readonly corsOrigins: readonly string[];
  /** Of one key, on average over LIMITS.requestWindowMs. */
  readonly requestsPerSecond: number;
}

/** What the environment says, checked and with defaults. A platform that is off is undefined. */
export interface Environment {
  /** May hold a password. Undefined: the service brings up its own. */
  readonly mongodbUri: Secret | undefined;
  readonly redisUrl: Secret | undefined;
  readonly host: string;
  readonly port: number;
  readonly api: ApiEnvironment;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly slack: SlackEnvironment | undefined;
  readonly discord: DiscordEnvironment | undefined;
  /** Undefined: nothing is traced. */
  readonly tracing: TracingEnvironment | undefined;
  /** `isNamed`: somebody asked for this file, so it must exist. */
  readonly configFile: { readonly path: string; readonly isNamed: boolean };
  readonly dataDirectory: string;
  readonly cacheDirectory: string;
  /** All of them, passwords of addresses too: what no output may show. */
  readonly secrets: readonly Secret[];
  readonly mongodPath: string | undefined;
  readonly redisServerPath: string | undefined;
}

/** Environment variables as a process has them; an empty one counts as unset. */
export type RawEnvironment = Readonly<Record<string, string | undefined>>;

/** Whether a variable says anything. */
export function isSet(env: RawEnvironment, name: string): boolean {
  return (env[name]?.trim() ?? '') !== '';
}

/**
 * Reads the environment: pure but for the home folder's name. Variables it does not know are left alone.
 * @throws ConfigurationError with every fault at once; values never appear in it.
 */
export function readEnvironment(env: RawEnvironment): Environment {
  const given = Object.fromEntries(
    Object.keys(environmentSchema.shape).flatMap((name) => {
      const value = env[name]?.trim();
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
  const parsed = environmentSchema.safeParse(given);
  const faults = [
    ...(parsed.error?.issues ?? []).map((issue) => fault(String(issue.path[0]), issue.message)),
    ...combinationFaults(given),
  ];
  if (parsed.data === undefined || faults.length > 0) throw new ConfigurationError('The environment', faults);
  return toEnvironment(parsed.data, env);
}

function combinationFaults(given: Readonly<Record<string, string>>): ConfigurationFault[] {
  const has = (name: keyof EnvironmentVariables) => given[name] !== undefined;
  const faults: ConfigurationFault[] = [];
  const connected = has('SLACK_APP_TOKEN') || has('SLACK_SIGNING_SECRET');
  if (has('SLACK_BOT_TOKEN') && !connected) {
    const ways = 'SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP at /slack/events)';
    faults.push(fault('SLACK_BOT_TOKEN', `is set, but neither way to receive events is: set ${ways}`));
  }
  for (const name of ['SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET'] as const) {
    if (has(name) && !has('SLACK_BOT_TOKEN'))
      faults.push(fault(name, 'is set without SLACK_BOT_TOKEN: set both, or neither to leave Slack off'));
  }
  if (has('DISCORD_SHARD') && !has('DISCORD_TOKEN'))
    faults.push(
      fault('DISCORD_SHARD', 'is set without DISCORD_TOKEN: set both, or neither to leave Discord off'),
    );
  return faults;
}

function toEnvironment(variables: EnvironmentVariables, env: RawEnvironment): Environment {
  return {
    mongodbUri: secret(variables.MONGODB_URI),
    redisUrl: secret(variables.REDIS_URL),
    host: variables.HOST ?? '127.0.0.1',
    port: Number(variables.PORT ?? 8080),
    api: {
      corsOrigins: variables.API_CORS_ORIGINS === undefined ? [] : readList(variables.API_CORS_ORIGINS),
      requestsPerSecond: Number(variables.API_RATE_LIMIT ?? DEFAULT_RATE),
    },
    logLevel: variables.LOG_LEVEL ?? 'info',
    slack: slackEnvironment(variables),
    discord: discordEnvironment(variables),
    tracing: tracingEnvironment(variables),
    configFile: {
      path: variables.THREADRELAY_CONFIG ?? 'threadrelay.yaml',
      isNamed: variables.THREADRELAY_CONFIG !== undefined,
    },
    dataDirectory: variables.THREADRELAY_DATA ?? '.threadrelay',
    cacheDirectory: variables.THREADRELAY_CACHE ?? join(env['HOME'] || homedir(), '.cache', 'threadrelay'),
    secrets: knownSecrets(env),
    mongodPath: variables.THREADRELAY_MONGOD,
    redisServerPath: variables.THREADRELAY_REDIS_SERVER,
  };
}

function slackEnvironment(variables: EnvironmentVariables): SlackEnvironment | undefined {
  const botToken = secret(variables.SLACK_BOT_TOKEN);
  const appToken = secret(variables.SLACK_APP_TOKEN);
  const signingSecret = secret(variables.SLACK_SIGNING_SECRET);
  if (botToken === undefined) return undefined;
  const apiUrl = `${(variables.SLACK_API_URL ?? 'https://slack.com/api').replace(/\/+$/, '')}/`;
  if (appToken !== undefined) return { botToken, apiUrl, connection: { mode: 'socket', appToken } };
  if (signingSecret !== undefined) return { botToken, apiUrl, connection: { mode: 'http', signingSecret } };
  return undefined;
}

function discordEnvironment(variables: EnvironmentVariables): DiscordEnvironment | undefined {
  const token = secret(variables.DISCORD_TOKEN);
  if (token === undefined) return undefined;
  const apiUrl = (variables.DISCORD_API_URL ?? 'https://discord.com/api').replace(/(\/v\d+)?\/*$/, '');
  const [index = 0, count = 1] = (variables.DISCORD_SHARD ?? '0/1').split('/').map(Number);
  return { token, apiUrl, shard: { index, count } };
}

function tracingEnvironment(variables: EnvironmentVariables): TracingEnvironment | undefined {
  const endpoint = secret(variables.OTEL_EXPORTER_OTLP_ENDPOINT);
  if (endpoint === undefined) return undefined;
  return {
    endpoint,
    headers: secret(variables.OTEL_EXPORTER_OTLP_HEADERS),
    serviceName: variables.OTEL_SERVICE_NAME ?? 'threadrelay',
    resourceAttributes: readKeyValueList(variables.OTEL_RESOURCE_ATTRIBUTES ?? ''),
    sampleRatio: Number(variables.OTEL_TRACES_SAMPLER_ARG ?? 1),
  };
}

function secret(value: string | undefined): Secret | undefined {
  return value === undefined ? undefined : new Secret(value);
}

function fault(path: string, message: string): ConfigurationFault {
  return { file: 'environment', path, message };
}
