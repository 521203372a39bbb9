import { type Command, Option } from 'commander';
import { SCOPES, type Scope } from '../../core/ports/access.ts';
import type { KeysCommand } from './run-keys-command.ts';

const WHERE = `
The keys are in MongoDB: that of MONGODB_URI, else that of .threadrelay/, whether a service runs on it or not.`;

/** Adds `keys …` to the program. What each does is loaded when it is called. */
export function addKeysCommands(program: Command): void {
  const keys = program
    .command('keys')
    .summary('Make, list and revoke API keys.')
    .description(
      `Makes, lists and revokes the keys that open the HTTP API. Each belongs to one project.\n${WHERE}`,
    );
  keys
    .command('create')
    .summary('Make a key and show its secret, once.')
    .description(
      'Makes a key. Its secret, and nothing else, goes to standard output; it is shown this once and stored as a hash.',
    )
    .requiredOption('--project <name>', 'the project whose threads it opens, as the configuration names it')
    .addOption(
      new Option('--scope <scope>', 'read: look; write: look and change; admin: all, and the queues')
        .choices(SCOPES)
        .makeOptionMandatory(),
    )
    .option('--name <name>', 'what people call it, as the program that uses it')
    .action(async ({ project, scope, name }: { project: string; scope: Scope; name?: string }) => {
      const { createKey } = await import('./keys-commands.ts');
      await run((store, projects) => createKey(store, projects, { project, scope, name: name ?? null }));
    });
  keys
    .command('list')
    .summary('List all keys, also the revoked ones, without their secrets.')
    .description('Lists all keys, also the revoked ones. Of a secret only its first characters are known.')
    .option('--project <name>', 'of one project alone')
    .option(
      '--json',
      'print one JSON object: {keys: [{id, project, scope, name, hint, created_at, revoked_at}]}',
    )
    .action(async ({ project, json }: { project?: string; json?: boolean }) => {
      const { listKeys } = await import('./keys-commands.ts');
      await run((store, projects) =>
        listKeys(store, projects, { project: project ?? null, json: json === true }),
      );
    });
  keys
    .command('revoke')
    .summary('Revoke a key for good.')
    .description('Revokes a key for good. Running processes refuse it within a second.')
    .argument('<id>', 'the id of the key, as "threadrelay keys list" shows it first in its row')
    .action(async (id: string) => {
      const { revokeKey } = await import('./keys-commands.ts');
      await run((store) => revokeKey(store, id, new Date()));
    });
}

async function run(command: KeysCommand): Promise<void> {
  const { runKeysCommand } = await import('./run-keys-command.ts');
  process.exitCode = await runKeysCommand(process.env, command);
}
