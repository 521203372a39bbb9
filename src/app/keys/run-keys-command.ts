import type { ApiKeyStore } from '../../core/ports.ts';
import { runStoresCommand } from '../run-stores-command.ts';
import type { Said } from './keys-commands.ts';

export type KeysCommand = (keys: ApiKeyStore, projects: readonly string[]) => Promise<Said>;

/** Carries out a command on the service's keys. Answers the exit code. */
export function runKeysCommand(env: NodeJS.ProcessEnv, command: KeysCommand): Promise<number> {
  return runStoresCommand(env, ({ stores, config }) => command(stores.keys, [...config.projects.keys()]));
}
