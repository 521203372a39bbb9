import closeWithGrace from 'close-with-grace';
import { ThreadrelayError } from '../core/errors.ts';
import { createBlot } from './blot.ts';
import { withDotenv } from './config/dotenv.ts';
import { type RawEnvironment, readEnvironment } from './config/environment.ts';
import { knownSecrets } from './config/known-secrets.ts';
import { giveBackMemory, giveBackMemoryAtRest } from './launch/give-back-memory.ts';
import type { Role } from './roles.ts';
import { start } from './start.ts';
import { LIMITS } from '../core/limits.ts';

/** Starts the roles and runs until SIGTERM or SIGINT; SIGHUP reloads the configuration. */
export async function serve(roles: ReadonlySet<Role>): Promise<void> {
  // Set before the start, so that a signal during it is not lost.
  const stopped = new AbortController();
  let say = speaker(process.env);
  let running: Awaited<ReturnType<typeof start>> | null = null;
  closeWithGrace({ delay: LIMITS.stopWithinMs, logger: false, skip: ['SIGHUP'] }, async ({ err }) => {
    if (err !== undefined) say(sentenceOf(err));
    stopped.abort();
    await running?.stop();
  });
  process.on('SIGHUP', () => running?.reload());
  try {
    const raw = withDotenv(process.env);
    say = speaker(raw);
    const environment = readEnvironment(raw);
    running = await start({
      environment,
      roles,
      searchPath: process.env['PATH'] ?? '',
      progress: say,
      signal: stopped.signal,
      log: { isTerminal: process.stdout.isTTY, write: (line) => void process.stdout.write(line) },
    });
    const platforms = [...running.service.platforms.writers.keys()];
    say(
      platforms.length === 0
        ? 'No platform is set up yet: set SLACK_BOT_TOKEN or DISCORD_TOKEN (see README.md), or try "npm run demo".'
        : `Answering on ${platforms.join(' and ')}.`,
    );
    giveBackMemory();
    giveBackMemoryAtRest();
    say(`Health and metrics: ${running.service.url}/ok, /ready, /metrics`);
  } catch (thrown) {
    if (stopped.signal.aborted) return;
    say(sentenceOf(thrown));
    process.exit(1);
  }
}

/** Tells people a line, whatever threw it, without the secrets of the environment. */
function speaker(env: RawEnvironment): (line: string) => void {
  const blot = createBlot(knownSecrets(env));
  return (line) => void process.stderr.write(`${blot(line)}\n`);
}

/** What a person is told: our own errors speak for themselves, anything else is a defect and says where. */
export function sentenceOf(thrown: unknown): string {
  if (thrown instanceof ThreadrelayError) return thrown.message;
  const what = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return `threadrelay stopped because of a defect (${what}). Please report it with what you did before.`;
}
