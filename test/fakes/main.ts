import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Command, InvalidArgumentError } from 'commander';
import { openDiscord } from './prompt/discord-side.ts';
import { COMMANDS } from './prompt/parse-command.ts';
import { createPrompt } from './prompt/prompt.ts';
import { openSlack } from './prompt/slack-side.ts';

const options = new Command('npm run fakes --')
  .description(
    'Starts a Slack and a Discord on loopback, with the limits of the real ones, and prints the environment that ' +
      'makes the service use them. Put those lines into a shell, or into .env, and start the service there: npm start',
  )
  .option('--slack-port <port>', 'any free one by default', portOf, 0)
  .option('--discord-port <port>', 'any free one by default', portOf, 0)
  .addHelpText('after', `\n${COMMANDS}`)
  .parse()
  .opts<{ slackPort: number; discordPort: number }>();
await serve(options.slackPort, options.discordPort).catch((error: unknown) => {
  process.stderr.write(`The fakes stopped: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

async function serve(slackPort: number, discordPort: number): Promise<void> {
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);

  await using cleanup = new AsyncDisposableStack();
  const slack = await openSlack(slackPort);
  cleanup.defer(() => slack.close());
  const discord = await openDiscord(discordPort);
  cleanup.defer(() => discord.close());

  for (const [name, value] of Object.entries({ ...slack.environment, ...discord.environment })) {
    process.stdout.write(`export ${name}=${value}\n`);
  }
  // Comments, so that all that has been printed by now can be sourced.
  process.stdout.write('# Put these lines into a shell or .env and run: npm start\n');
  process.stdout.write('# Then write here; "help" lists the commands. Ctrl+C stops.\n');

  const prompt = createPrompt(slack, discord, (text) => void process.stdout.write(`${text}\n`));
  const lines = createInterface({ input: process.stdin, terminal: process.stdin.isTTY, prompt: '' });
  cleanup.defer(async () => lines.close());
  // In raw mode the terminal hands Ctrl+C to readline instead of sending a signal.
  lines.on('SIGINT', stop);
  lines.on('line', (line) => {
    if (!prompt.take(line)) stop();
  });
  // A script that started us without a terminal stops us by a signal; its input may end at once.
  lines.on('close', () => {
    if (process.stdin.isTTY) stop();
  });
  const keepAlive = setInterval(() => {}, 60_000);
  cleanup.defer(async () => clearInterval(keepAlive));
  if (!stopped.signal.aborted) await once(stopped.signal, 'abort');
}

function portOf(typed: string): number {
  const port = Number(typed);
  if (/^\d+$/.test(typed) && port <= 65_535) return port;
  throw new InvalidArgumentError('Name a number from 0 to 65535.');
}
