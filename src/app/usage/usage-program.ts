import { type Command, InvalidArgumentError, Option } from 'commander';

const WHAT = `
Counted are runs that have ended, on the day (in UTC) of their end. Costs follow the prices of the configuration at that time.
It is read from MongoDB: that of MONGODB_URI, else that of .threadrelay/, whether a service runs on it or not.`;

/** How runs are put together in a table. */
export type UsageGrouping = 'model' | 'person';

/** A day's rows stay for ever; more than this is no table for a screen. */
const MOST_DAYS = 3_660;

/** Adds `usage` to the program. */
export function addUsageCommand(program: Command): void {
  program
    .command('usage')
    .summary('Show tokens and costs by day and project.')
    .description(`Shows what runs have used: tokens, and costs where models have a price.\n${WHAT}`)
    .option('--project <name>', 'of one project alone')
    .option('--days <number>', 'how many days, with today', daysOf, 7)
    .addOption(
      new Option('--by <what>', 'how rows are told apart').choices(['model', 'person']).default('model'),
    )
    .option(
      '--json',
      'print one JSON object: {usage: [{project, day, person, model, runs, input_tokens, output_tokens, cached_tokens, cost_usd}]}',
    )
    .action(async (options: { project?: string; days: number; by: UsageGrouping; json?: boolean }) => {
      const { showUsage } = await import('./show-usage.ts');
      const { runStoresCommand } = await import('../run-stores-command.ts');
      process.exitCode = await runStoresCommand(process.env, ({ stores, config }) =>
        showUsage(stores.usage, [...config.projects.keys()], {
          project: options.project ?? null,
          days: options.days,
          by: options.by,
          json: options.json === true,
          now: new Date(),
        }),
      );
    });
}

function daysOf(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= MOST_DAYS) return days;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST_DAYS}.`);
}
