import { z } from 'zod';

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

const withoutSpaces = (error: string) => z.string().regex(/^\S+$/, { error });

/**
 * Every environment variable that the service reads, with its meaning. Defaults are told in `meta`, so that the
 * documentation is generated from here; `readEnvironment` applies them. No message may repeat a value.
 */
export const environmentSchema = z.object({
  MONGODB_URI: mongodbUri.optional().meta({
    description: 'MongoDB 6.0 or later, a replica set or sharded. Unset, the service brings up its own.',
  }),
  REDIS_URL: url('redis://', 'rediss://').optional().meta({
    description:
      'Redis or Valkey 6.2 or later with `maxmemory-policy noeviction`. Unset, the service brings up its own.',
  }),
  HOST: withoutSpaces('must be a host name or an IP address').optional().meta({
    description: 'Where the HTTP server listens. `0.0.0.0` opens it to the network.',
    shownDefault: '127.0.0.1',
  }),
  PORT: port.optional().meta({
    description: 'Port of the HTTP server. `0` takes any free one.',
    shownDefault: '8080',
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
