import closeWithGrace from 'close-with-grace';
import { ThreadrelayError } from '../core/errors.ts';
import { createBlot } from './blot.ts';
import { withDotenv } from './config/dotenv.ts';
import { type RawEnvironment, readEnvironment } from './config/environment.ts';
import { knownSecrets } from './config/known-secrets.ts';
import { giveBackMemory, giveBackMemoryAtRest } from './launch/give-back-memory.ts';
import type { Role } from './roles.ts';
import { isLoopback, makeDevelopmentKey } from './keys/development-key.ts';
import { start, type Started } from './start.ts';
import { LIMITS } from '../core/limits.ts';

/** Starts the roles and runs until SIGTERM or SIGINT; SIGHUP reloads the configuration. */
export async function serve(roles: ReadonlySet<Role>): Promise<void> {
  // Set before the start, so that a signal during it is not lost.
  const stopped = new AbortController();
  let say = speaker(process.env);
  let running: Started | null = null;
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
      variables: raw,
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
    if (roles.has('api'))
      await sayHowToCall(running, { isWhole: roles.size > 1, host: environment.host, say });
    say(`Health and metrics: ${running.service.url}/ok, /ready, /metrics`);
  } catch (thrown) {
    if (stopped.signal.aborted) return;
    say(sentenceOf(thrown));
    process.exit(1);
  }
}

/**
 * Says where the API is, and how to get a key where there is none: a service on its own machine makes one to begin with.
 * Its secret goes to the person at the terminal alone.
 */
async function sayHowToCall(
  { service, config }: Started,
  { isWhole, host, say }: { isWhole: boolean; host: string; say: (line: string) => void },
): Promise<void> {
  const [project = ''] = config.current().projects.keys();
  say(`Threads and runs for programs: ${service.url}/docs`);
  if (isWhole && isLoopback(host)) {
    const secret = await makeDevelopmentKey(service.keys, project);
    if (secret === null) return;
    say(
      `A key for the project "${project}" with the scope "admin", made because there was none; shown this once:`,
    );
    say(`  ${secret}`);
    return;
  }
  const keys = await service.keys.list(null);
  if (keys.length > 0) return;
  say(`No key opens it yet. Make one: threadrelay keys create --project ${project} --scope write`);
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
