import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from '../../src/store/index.ts';
import { createDiscordFake, type DiscordFake } from '../fakes/discord/index.ts';
import { createSlackFake, type SlackFake } from '../fakes/slack/index.ts';
import { SOAK_CONFIG } from './config.ts';
import { jumpingClock } from './jumping-clock.ts';
import type { Role, SoakSize } from './plan.ts';
import { type KeptProcess, keepProcess } from './processes.ts';
import { type SoakStores, startSoakStores } from './stores.ts';

/** All that a soak strikes and looks at. */
export type SoakHouse = {
  slack: SlackFake;
  discord: DiscordFake;
  /** Pushes the fake Slack's time forward. */
  jumpSlack(ms: number): void;
  stores: SoakStores;
  /** Past the proxy. */
  database: Database;
  processes: KeptProcess[];
  close(): Promise<void>;
};

const ROLES: readonly Role[] = ['worker', 'slack', 'discord'];

/** Starts stores, fakes and the service as processes of their own. Resolves before the processes are up. */
export async function openSoakHouse({
  seed,
  processes,
}: Pick<SoakSize, 'seed' | 'processes'>): Promise<SoakHouse> {
  const clock = jumpingClock();
  const stops: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  try {
    const stores = await startSoakStores();
    stops.push(() => stores.stop());
    const slack = await createSlackFake({ seed, clock });
    stops.push(() => slack.close());
    const discord = await createDiscordFake({ seed });
    stops.push(() => discord.close());
    const database = await openDatabase({ uri: stores.mongodb.directUrl });
    stops.push(() => database.close());
    const folder = await mkdtemp(join(tmpdir(), 'threadrelay-soak-config-'));
    stops.push(() => rm(folder, { recursive: true, force: true }));
    const configFile = join(folder, 'threadrelay.yaml');
    await writeFile(configFile, SOAK_CONFIG);
    const environment = {
      PATH: process.env['PATH'] ?? '',
      THREADRELAY_CONFIG: configFile,
      PORT: '0',
      LOG_LEVEL: 'warn',
      MONGODB_URI: stores.mongodb.url,
      REDIS_URL: stores.redis.url,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.url,
      DISCORD_TOKEN: discord.token,
      DISCORD_API_URL: discord.apiUrl,
    };
    const kept = ROLES.flatMap((role) =>
      Array.from({ length: processes[role] }, () => keepProcess(role, { folder, environment })),
    );
    stops.push(() => Promise.all(kept.map((each) => each.close())));
    return {
      slack,
      discord,
      jumpSlack: (ms) => clock.jump(ms),
      stores,
      database,
      processes: kept,
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}
