import type { Command } from 'commander';

/** Adds `erase` to the program. */
export function addEraseCommand(program: Command): void {
  program
    .command('erase')
    .summary('Erase one person from a project.')
    .description(
      'Erases one person from all that a project keeps: threads that only they wrote in, elsewhere their messages, what was answered to them, their files and their name, and what is remembered of them (docs/privacy.md). May be repeated.',
    )
    .requiredOption('--person <person>', 'slack:TEAM:USER, discord:GUILD:USER or api:NAME')
    .option('--project <name>', 'from which project; left out: the first of the configuration')
    .option('--dry-run', 'only count what would be erased')
    .option('--json', 'print one JSON object: {person, dry_run, erased, threads_left}')
    .action(async (options: { person: string; project?: string; dryRun?: boolean; json?: boolean }) => {
      const { runStoresCommand } = await import('../run-stores-command.ts');
      const { erase } = await import('./erase-command.ts');
      process.exitCode = await runStoresCommand(process.env, (parts) => erase(options, parts));
    });
}
