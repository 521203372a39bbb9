import { workflows } from '../workflows/registry.ts';
import { createBlot } from './blot.ts';
import { loadConfigFile } from './config/config-file.ts';
import { withDotenv } from './config/dotenv.ts';
import { readEnvironment } from './config/environment.ts';
import { knownSecrets } from './config/known-secrets.ts';
import { sentenceOf } from './serve.ts';
import type { Said } from './keys/keys-commands.ts';
import { openStores } from './open-stores.ts';
import type { Stores } from '../store/index.ts';
import type { Config } from './config/config.ts';
import type { RawEnvironment } from './config/environment.ts';

/** What a command beside the service works with. */
export type StoresCommand = (parts: {
  stores: Stores;
  /** Where the service's Redis is; null where that is not known. */
  redisUrl: string | null;
  config: Config;
  /** Of the environment, for what the configuration names. */
  variables: RawEnvironment;
  /** Takes a line for the person beside it, at once. */
  tell: (line: string) => void;
}) => Promise<Said>;

/**
 * Carries out a command on what the service keeps: its answer goes to standard output, all else to standard error. Answers
 * the exit code: 1 with a sentence when it failed.
 */
export async function runStoresCommand(env: NodeJS.ProcessEnv, command: StoresCommand): Promise<number> {
  let blot = createBlot(knownSecrets(env));
  const tell = (line: string) => void process.stderr.write(`${blot(line)}\n`);
  try {
    const raw = withDotenv(env);
    blot = createBlot(knownSecrets(raw));
    const environment = readEnvironment(raw);
    const config = loadConfigFile({ ...environment.configFile, workflows: [...workflows.keys()] });
    const { stores, redisUrl, close } = await openStores({
      environment,
      searchPath: env['PATH'] ?? '',
      progress: tell,
    });
    try {
      const { answer, notices } = await command({ stores, redisUrl, config, variables: raw, tell });
      for (const notice of notices) tell(notice);
      if (answer !== '') process.stdout.write(`${answer}\n`);
      return 0;
    } finally {
      await close();
    }
  } catch (thrown) {
    tell(sentenceOf(thrown));
    return 1;
  }
}
