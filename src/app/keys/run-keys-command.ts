import { workflows } from '../../workflows/registry.ts';
import type { ApiKeyStore } from '../../core/ports.ts';
import { createBlot } from '../blot.ts';
import { loadConfigFile } from '../config/config-file.ts';
import { withDotenv } from '../config/dotenv.ts';
import { readEnvironment } from '../config/environment.ts';
import { knownSecrets } from '../config/known-secrets.ts';
import { sentenceOf } from '../serve.ts';
import type { Said } from './keys-commands.ts';
import { openKeyStore } from './open-key-store.ts';

export type KeysCommand = (keys: ApiKeyStore, projects: readonly string[]) => Promise<Said>;

/**
 * Carries out a command on the service's keys: its answer goes to standard output, all else to standard error. Answers
 * the exit code: 1 with a sentence when it failed.
 */
export async function runKeysCommand(env: NodeJS.ProcessEnv, command: KeysCommand): Promise<number> {
  let blot = createBlot(knownSecrets(env));
  const tell = (line: string) => void process.stderr.write(`${blot(line)}\n`);
  try {
    const raw = withDotenv(env);
    blot = createBlot(knownSecrets(raw));
    const environment = readEnvironment(raw);
    const { projects } = loadConfigFile({ ...environment.configFile, workflows: [...workflows.keys()] });
    const store = await openKeyStore({ environment, searchPath: env['PATH'] ?? '', progress: tell });
    try {
      const { answer, notices } = await command(store.keys, [...projects.keys()]);
      for (const notice of notices) tell(notice);
      if (answer !== '') process.stdout.write(`${answer}\n`);
      return 0;
    } finally {
      await store.close();
    }
  } catch (thrown) {
    tell(sentenceOf(thrown));
    return 1;
  }
}
