import type { Command } from 'commander';

/** Adds `eval` to the program. */
export function addEvalCommand(program: Command): void {
  program
    .command('eval')
    .summary('Play conversations to an assistant and check its answers.')
    .description(
      'Plays turns, or what people said in recorded threads, to an assistant and checks its answers (docs/assistants.md). Nothing of it is stored. Ends with 1 when a check failed.',
    )
    .argument('<file>', 'a YAML file with cases')
    .option('--assistant <name>', 'the assistant; left out: the one that the file names, else the first')
    .option('--against <config>', 'a second configuration file, whose version is shown beside')
    .option('--project <name>', 'whose knowledge and memories it has; left out: the first')
    .option('--json', 'print one JSON object: {assistant, passed, versions: [{file, version, cases, …}]}')
    .action(
      async (
        file: string,
        options: { assistant?: string; against?: string; project?: string; json?: boolean },
      ) => {
        const { runStoresCommand } = await import('../run-stores-command.ts');
        const { evaluate } = await import('./eval-command.ts');
        let passed = true;
        const code = await runStoresCommand(process.env, async (parts) => {
          const done = await evaluate({ ...options, file, json: options.json === true }, parts);
          passed = done.passed;
          return done.said;
        });
        process.exitCode = passed ? code : 1;
      },
    );
}
