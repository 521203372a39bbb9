#!/usr/bin/env node
import { Command } from 'commander';
import { addKeysCommands } from './keys/keys-program.ts';
import { addKnowledgeCommands } from './knowledge/knowledge-program.ts';
import { addEraseCommand } from './erase/erase-program.ts';
import { addEvalCommand } from './eval/eval-program.ts';
import { addExportCommand } from './export/export-program.ts';
import { relaunchLean } from './launch/relaunch.ts';
import { ROLES, type Role } from './roles.ts';
import { addUsageCommand } from './usage/usage-program.ts';

const SERVICES: Record<Role | 'start', { summary: string; roles: readonly Role[] }> = {
  start: {
    summary:
      'Run everything in one process: events of both platforms, runs, their relaying, and the HTTP API.',
    roles: ROLES,
  },
  worker: {
    summary: 'Execute runs and relay their answers. Start as many as you like.',
    roles: ['worker'],
  },
  api: {
    summary: 'Serve threads and runs over HTTP, for programs (docs/api.md). Start as many as you like.',
    roles: ['api'],
  },
  slack: {
    summary: 'Take events from Slack (Socket Mode, or HTTP at /slack/events). Start as many as you like.',
    roles: ['slack'],
  },
  discord: {
    summary:
      'Take events from the Discord gateway. One process a shard (DISCORD_SHARD); one shard does for most bots.',
    roles: ['discord'],
  },
};

const STORES_HELP = `
Without MONGODB_URI and REDIS_URL it starts its own MongoDB and Redis, with data in .threadrelay/.
Settings come from the environment, a .env file and threadrelay.yaml; see docs/configuration.md.`;

const program = new Command('threadrelay')
  .description('AI conversations where people already talk: Slack threads and Discord forum posts.')
  .showHelpAfterError('Run "threadrelay --help" for the commands.');

for (const [name, { summary, roles }] of Object.entries(SERVICES)) {
  program
    .command(name)
    .summary(summary)
    .description(`${summary}\n${STORES_HELP}`)
    .action(async () => {
      relaunchLean();
      const { serve } = await import('./serve.ts');
      await serve(new Set(roles));
    });
}

program
  .command('doctor')
  .summary('Check configuration, tokens, scopes, intents and stores, and say how to mend each fault.')
  .description(
    'Checks configuration, tokens, scopes, intents, stores and their versions, and says how to mend each fault.',
  )
  .option('--json', 'print one JSON object: {ok, checks: [{name, ok, detail, mend}]}')
  .action(async ({ json }: { json?: boolean }) => {
    const { runDoctor } = await import('./doctor.ts');
    process.exitCode = await runDoctor({ json: json === true });
  });

addKeysCommands(program);
addKnowledgeCommands(program);
addEvalCommand(program);
addExportCommand(program);
addEraseCommand(program);
addUsageCommand(program);

await program.parseAsync();
