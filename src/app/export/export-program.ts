import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { type Command, Option } from 'commander';

/** Adds `export` to the program. */
export function addExportCommand(program: Command): void {
  program
    .command('export')
    .summary('Write threads as a dataset for fine-tuning.')
    .description(
      "Writes a project's threads as a dataset for fine-tuning, an example a line. People are called person_1, person_2 and so on, also inside text, and what was deleted is left out (docs/assistants.md).",
    )
    .addOption(
      new Option('--format <format>', "jsonl: as OpenAI's chat models take it")
        .choices(['jsonl'])
        .default('jsonl'),
    )
    .option('--project <name>', 'whose threads; left out: the first of the configuration')
    .option('--out <file>', 'where to write; left out: standard output')
    .option('--with-people', 'leave names and ids of people as they are')
    .action(
      async ({ project, out, withPeople }: { project?: string; out?: string; withPeople?: boolean }) => {
        const { runStoresCommand } = await import('../run-stores-command.ts');
        const { exportThreads } = await import('./export-threads.ts');
        const { projectOf } = await import('../project-of.ts');
        process.exitCode = await runStoresCommand(process.env, async ({ stores, config }) => {
          const projectId = projectOf(config, project);
          let count = 0;
          const instructionsOf = (id: string) => config.assistants.get(id)?.instructions ?? '';
          const lines = exportThreads(
            projectId,
            { withPeople: withPeople === true },
            { ...stores, instructionsOf },
          );
          const counted = async function* () {
            for await (const line of lines) {
              count += 1;
              yield line;
            }
          };
          if (out === undefined) {
            for await (const line of counted()) {
              // What reads slowly is waited for.
              if (!process.stdout.write(line)) {
                await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
              }
            }
          } else {
            await pipeline(Readable.from(counted()), createWriteStream(out, { mode: 0o600 }));
          }
          return { answer: '', notices: [`Wrote ${count} examples from the threads of "${projectId}".`] };
        });
      },
    );
}
