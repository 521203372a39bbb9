import { createBlot } from './blot.ts';
import { withDotenv } from './config/dotenv.ts';
import { loadConfigFile } from './config/config-file.ts';
import type { Config } from './config/config.ts';
import { type Environment, isSet, type RawEnvironment, readEnvironment } from './config/environment.ts';
import { knownSecrets } from './config/known-secrets.ts';
import { workflows } from '../workflows/registry.ts';
import { ownerOf } from './local-stack/data-dir.ts';
import { startStores } from './local-stack/start-stores.ts';
import { modelChecks } from './model-checks.ts';
import { sentenceOf } from './serve.ts';

/** One line of the report: what was looked at, what was found, how to mend it (null when it is well). */
export type Check = { name: string; ok: boolean; detail: string; mend: string | null };

/**
 * Checks everything that can be checked from here and prints a line for each, or one JSON object. Answers the exit code:
 * 0 when all is well.
 */
export async function runDoctor({ json }: { json: boolean }): Promise<number> {
  const checks = (await examine(process.env)).map(withoutSecrets(process.env));
  const isWell = checks.every(({ ok }) => ok);
  if (json) {
    process.stdout.write(`${JSON.stringify({ ok: isWell, checks }, null, 2)}\n`);
    return isWell ? 0 : 1;
  }
  for (const { ok, name, detail, mend } of checks) {
    process.stdout.write(`${ok ? '✓' : '✗'} ${name}: ${detail}\n`);
    if (mend !== null) process.stdout.write(`    → ${mend}\n`);
  }
  const faults = checks.filter(({ ok }) => !ok).length;
  process.stdout.write(faults === 0 ? 'All is well.\n' : `${faults} to mend.\n`);
  return isWell ? 0 : 1;
}

/** What others say of a fault, as a driver of an address, may repeat what it was given. */
function withoutSecrets(env: RawEnvironment): (check: Check) => Check {
  const { value = env } = attempt('environment', () => withDotenv(env));
  const blot = createBlot(knownSecrets(value));
  return (check) => ({ ...check, detail: blot(check.detail) });
}

async function examine(env: NodeJS.ProcessEnv): Promise<Check[]> {
  const node = nodeCheck(process.versions.node);
  const environment = attempt('environment', () => readEnvironment(withDotenv(env)));
  if (!environment.ok) return [node, environment.check];
  const { value } = environment;
  const config = attempt('configuration', () =>
    loadConfigFile({
      ...value.configFile,
      workflows: [...workflows.keys()],
      hasVariable: (name) => isSet(withDotenv(env), name),
    }),
  );
  const outside = await Promise.all([
    modelChecks(config.ok ? config.value : null, (name) => withDotenv(env)[name]),
    slackChecks(value, config.ok ? config.value : null),
    discordChecks(value, config.ok ? config.value : null),
  ]);
  return [node, environment.check, config.check, ...(await storeChecks(value, env)), ...outside.flat()];
}

type Attempt<T> = { ok: true; value: T; check: Check } | { ok: false; value?: undefined; check: Check };

function attempt<T>(name: string, read: () => T): Attempt<T> {
  try {
    return { ok: true, value: read(), check: { name, ok: true, detail: 'read without a fault', mend: null } };
  } catch (thrown) {
    const mend = 'Mend each of the faults named above; docs/configuration.md has all settings.';
    return { ok: false, check: { name, ok: false, detail: sentenceOf(thrown), mend } };
  }
}

async function storeChecks(environment: Environment, env: NodeJS.ProcessEnv): Promise<Check[]> {
  const needsLocal = environment.mongodbUri === undefined || environment.redisUrl === undefined;
  const owner = needsLocal ? await ownerOf(environment.dataDirectory) : undefined;
  if (owner !== undefined) {
    const detail = `brought up by the running service (process ${owner}); not touched, ask its /ready`;
    return [{ name: 'stores', ok: true, detail, mend: null }];
  }
  try {
    const stores = await startStores({
      mongodbUri: environment.mongodbUri?.reveal(),
      redisUrl: environment.redisUrl?.reveal(),
      mongodPath: environment.mongodPath,
      redisServerPath: environment.redisServerPath,
      cacheDir: environment.cacheDirectory,
      dataDir: environment.dataDirectory,
      searchPath: env['PATH'] ?? '',
      progress: (line) => void process.stderr.write(`${createBlot(environment.secrets)(line)}\n`),
    });
    await stores.stop();
    return [
      { name: 'MongoDB', ok: true, detail: stores.mongodb.why, mend: null },
      { name: 'Redis', ok: true, detail: stores.redis.why, mend: null },
    ];
  } catch (thrown) {
    const mend =
      'Set MONGODB_URI and REDIS_URL to running servers, or run stores and service in containers with "docker compose up".';
    return [{ name: 'stores', ok: false, detail: sentenceOf(thrown), mend }];
  }
}

async function slackChecks({ slack }: Environment, config: Config | null): Promise<Check[]> {
  if (slack === undefined) return [off('Slack', 'SLACK_BOT_TOKEN')];
  const { checkSlack } = await import('../adapters/slack/check-slack.ts');
  const { connection } = slack;
  return checkSlack({
    token: slack.botToken.reveal(),
    ...(connection.mode === 'socket' ? { appToken: connection.appToken.reveal() } : {}),
    apiUrl: slack.apiUrl,
    channels: channelsOf(config, 'slack'),
  });
}

async function discordChecks({ discord }: Environment, config: Config | null): Promise<Check[]> {
  if (discord === undefined) return [off('Discord', 'DISCORD_TOKEN')];
  const { checkDiscord } = await import('../adapters/discord/check-discord.ts');
  return checkDiscord({
    token: discord.token.reveal(),
    apiUrl: discord.apiUrl,
    channels: channelsOf(config, 'discord').flatMap(({ id }) => (id === undefined ? [] : [id])),
  });
}

/** The first release with everything the service uses. */
const LEAST_NODE_MAJOR = 24;

function nodeCheck(version: string): Check {
  const ok = Number.parseInt(version, 10) >= LEAST_NODE_MAJOR;
  const mend = `Run it by npm ("npm start", "npx threadrelay"), which brings Node ${LEAST_NODE_MAJOR}, or install that.`;
  return { name: 'Node.js', ok, detail: version, mend: ok ? null : mend };
}

function off(name: string, variable: string): Check {
  return { name, ok: true, detail: `off (${variable} is not set)`, mend: null };
}

function channelsOf(config: Config | null, platform: 'slack' | 'discord') {
  const bindings = config?.bindings.filter((binding) => binding.platform === platform) ?? [];
  return bindings.flatMap(({ channels }) => channels);
}
