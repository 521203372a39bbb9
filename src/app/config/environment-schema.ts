import { z } from 'zod';
import { LIMITS } from '../../core/limits.ts';
import { parseRedisAddress, type RedisAddress } from '../../queue/redis-address.ts';
import { KEY_VALUE_LIST } from '../tracing/key-value-list.ts';

/** Over so many seconds requests of a key are counted. */
const SECONDS = LIMITS.requestWindowMs / 1_000;
/** Requests a second of a key where API_RATE_LIMIT is unset. */
export const DEFAULT_RATE = LIMITS.requestsPerKey / SECONDS;

/** pino's levels, and `silent` for none. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const url = (...schemes: string[]) =>
  z.string().refine((value) => schemes.some((scheme) => value.startsWith(scheme)) && URL.canParse(value), {
    error: `must be an address that starts with ${schemes.join(' or ')}`,
  });

/** A MongoDB address may name several hosts, which no URL parser takes. */
const mongodbUri = z.string().regex(/^mongodb(\+srv)?:\/\/[^/\s]+/, {
  error: 'must be an address like mongodb://host:27017/threadrelay?replicaSet=rs0',
});

const redisUrl = z
  .string()
  .refine((value) => /^rediss?(\+cluster)?:\/\//.test(value) && canRead(parseRedisAddress(value)), {
    error: 'must be an address like redis://host:6379, rediss://… or redis+cluster://host:port,host:port',
  });

function canRead(address: RedisAddress | null): boolean {
  return address !== null && (address.kind === 'cluster' || URL.canParse(address.url));
}

const token = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}\\S+$`), { error: `must start with "${prefix}"` });

const port = z.string().refine((value) => /^\d{1,5}$/.test(value) && Number(value) <= 65_535, {
  error: 'must be a whole number from 0 to 65535',
});

const logLevel = z
  .string()
  .toLowerCase()
  .pipe(z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }));

/** As Discord writes it: this shard, of how many. */
const shard = z.string().refine((value) => {
  const [index, count] = /^(\d{1,5})\/(\d{1,5})$/.exec(value)?.slice(1).map(Number) ?? [];
  return index !== undefined && count !== undefined && index < count;
}, 'must be SHARD/SHARDS, as "0/4" to "3/4" for the four processes of four shards');

const keyValueList = z.string().regex(KEY_VALUE_LIST, { error: 'must look like name=value,name=value' });

const ratio = z.string().refine((value) => /^\d*\.?\d+$/.test(value) && Number(value) <= 1, {
  error: 'must be a number from 0 to 1',
});

/** What browsers send as `Origin`: scheme, host and port, nothing behind them. */
const origins = z
  .string()
  .refine(
    (value) =>
      value === '*' || readList(value).every((each) => URL.canParse(each) && new URL(each).origin === each),
    { error: 'must be origins like https://app.example.com, separated by commas, or * for all' },
  );

/** The parts of a list that is separated by commas, without the spaces around them. */
export function readList(value: string): string[] {
  return value.split(',').map((each) => each.trim());
}

const rate = z.string().refine((value) => /^[1-9]\d{0,5}$/.test(value), {
  error: 'must be a whole number from 1 to 999999',
});

const withoutSpaces = (error: string) => z.string().regex(/^\S+$/, { error });

/**
 * Every environment variable that the service reads, with its meaning. Defaults are told in `meta`, so that the
 * documentation is generated from here; `readEnvironment` applies them. No message may repeat a value.
 */
export const environmentSchema = z.object({
  MONGODB_URI: mongodbUri.optional().meta({
    description: 'MongoDB 6.0 or later, a replica set or sharded. Unset, the service brings up its own.',
  }),
  REDIS_URL: redisUrl.optional().meta({
    description:
      'Redis or Valkey 6.2 or later with `maxmemory-policy noeviction`. A cluster is `redis+cluster://host:port,host:port` (`rediss+cluster` with TLS). Unset, the service brings up its own.',
  }),
  HOST: withoutSpaces('must be a host name or an IP address').optional().meta({
    description: 'Where the HTTP server listens. `0.0.0.0` opens it to the network.',
    shownDefault: '127.0.0.1',
  }),
  PORT: port.optional().meta({
    description: 'Port of the HTTP server. `0` takes any free one.',
    shownDefault: '8080',
  }),
  API_CORS_ORIGINS: origins.optional().meta({
    description:
      'Origins whose pages may call the HTTP API from a browser, separated by commas, or `*` for all. Unset, none may.',
  }),
  API_RATE_LIMIT: rate.optional().meta({
    description: `Requests a second that one API key may make, on average over ${SECONDS} s and over all processes. What is more is answered 429.`,
    shownDefault: String(DEFAULT_RATE),
  }),
  LOG_LEVEL: logLevel.optional().meta({
    description: `How much is logged: ${LOG_LEVELS.map((level) => `\`${level}\``).join(', ')}.`,
    shownDefault: 'info',
  }),
  SLACK_BOT_TOKEN: token('xoxb-').optional().meta({
    description: 'Bot token of the Slack app (`xoxb-…`). Unset, Slack is off.',
    secret: true,
  }),
  SLACK_APP_TOKEN: token('xapp-').optional().meta({
    description:
      'App-level token (`xapp-…`) with `connections:write`, for Socket Mode. It goes before `SLACK_SIGNING_SECRET`.',
    secret: true,
  }),
  SLACK_SIGNING_SECRET: withoutSpaces('must hold no spaces').optional().meta({
    description: 'Signing secret, for events over HTTP at `/slack/events`.',
    secret: true,
  }),
  SLACK_API_URL: url('https://', 'http://').optional().meta({
    description: 'Address of the Slack Web API.',
    shownDefault: 'https://slack.com/api/',
  }),
  DISCORD_TOKEN: withoutSpaces('must hold no spaces; paste the bot token without "Bot " before it')
    .optional()
    .meta({ description: 'Bot token of the Discord application. Unset, Discord is off.', secret: true }),
  DISCORD_API_URL: url('https://', 'http://').optional().meta({
    description: 'Address of the Discord API, without the version.',
    shownDefault: 'https://discord.com/api',
  }),
  DISCORD_SHARD: shard.optional().meta({
    description:
      'Which shard this gateway process takes, of how many (`0/4`, `1/4`, …), for bots in many servers: one process a shard, each with the same number of shards.',
    shownDefault: '0/1',
  }),
  OPENAI_API_KEY: withoutSpaces('must hold no spaces').optional().meta({
    description: 'Key for models `openai/…`. Providers of your own name their variable in `api_key_env`.',
    secret: true,
  }),
  ANTHROPIC_API_KEY: withoutSpaces('must hold no spaces').optional().meta({
    description: 'Key for models `anthropic/…`.',
    secret: true,
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http://', 'https://').optional().meta({
    description:
      'OpenTelemetry collector that traces are sent to, by OTLP over HTTP as JSON (`/v1/traces` is added). Unset, nothing is traced.',
  }),
  OTEL_EXPORTER_OTLP_HEADERS: keyValueList.optional().meta({
    description:
      'Headers for the collector: `name=value,name=value`, values percent-encoded, as `authorization=Bearer%20…`.',
    secret: true,
  }),
  OTEL_SERVICE_NAME: z
    .string()
    .optional()
    .meta({ description: 'Name of this service in traces.', shownDefault: 'threadrelay' }),
  OTEL_RESOURCE_ATTRIBUTES: keyValueList.optional().meta({
    description:
      'Further attributes of this service in traces, as `deployment.environment.name=production`, separated by commas.',
  }),
  OTEL_TRACES_SAMPLER_ARG: ratio.optional().meta({
    description:
      'Part of the traces that is kept, from `0` to `1`, decided where a trace begins (`parentbased_traceidratio`).',
    shownDefault: '1',
  }),
  THREADRELAY_CONFIG: z.string().optional().meta({
    description: 'The configuration file. Named here, it must exist.',
    shownDefault: 'threadrelay.yaml',
  }),
  THREADRELAY_DATA: z.string().optional().meta({
    description: 'Folder for the data of stores that the service brings up itself.',
    shownDefault: '.threadrelay',
  }),
  THREADRELAY_CACHE: z.string().optional().meta({
    description: 'Folder for downloaded programs.',
    shownDefault: '~/.cache/threadrelay',
  }),
  THREADRELAY_MONGOD: z.string().optional().meta({
    description: 'A `mongod` program (6.0 or later) to bring up when `MONGODB_URI` is unset.',
    shownDefault: 'found on `PATH`, else downloaded',
  }),
  THREADRELAY_REDIS_SERVER: z.string().optional().meta({
    description:
      'A `redis-server` or `valkey-server` program (6.2 or later) to bring up when `REDIS_URL` is unset.',
    shownDefault: 'found on `PATH`, else downloaded',
  }),
});

export type EnvironmentVariables = z.infer<typeof environmentSchema>;
