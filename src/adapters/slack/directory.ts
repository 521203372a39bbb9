import type { WebClient } from '@slack/web-api';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { objectOf, stringOf } from './json.ts';
import type { Names } from './readable-text.ts';
import { outcomeOfError } from './write-outcome.ts';
import { LOOKUP_SPACING_MS } from './limits.ts';

/** Names of this many people and channels are remembered; the oldest are forgotten. */
const MOST_NAMES = 5_000;
/** Names that wait for their turn to be asked for; what finds no place is asked for when it is met again. */
const MOST_WANTED = 500;
/**
 * Names of people and channels, best effort. `userName` and `channelName` answer at once from memory; a name that is
 * missing is looked up in the background, for the next message. Events never wait for a name of a person.
 */
export class SlackDirectory implements Names {
  readonly #client: WebClient;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #users = new Map<string, string | null>();
  readonly #channels = new Map<string, string | null>();
  readonly #wanted = new Set<string>();
  readonly #stopping = new AbortController();
  #isLooking = false;

  constructor(client: WebClient, clock: Clock, logger: Logger) {
    this.#client = client;
    this.#clock = clock;
    this.#logger = logger;
  }

  userName(id: string): string | undefined {
    const name = this.#users.get(id);
    if (name === undefined) this.#want(id);
    return name ?? undefined;
  }

  channelName(id: string): string | undefined {
    return this.#channels.get(id) ?? undefined;
  }

  /** `null`: it has no name, as direct messages. */
  noteChannel(id: string, name: string | null): void {
    remember(this.#channels, id, name);
  }

  /** Looks a channel's name up unless it is known. @throws what the call threw when Slack may know it all the same. */
  async learnChannel(id: string): Promise<void> {
    if (this.#channels.has(id) || id.startsWith('D')) return;
    try {
      const { channel } = await this.#client.conversations.info({ channel: id });
      this.noteChannel(id, stringOf(objectOf(channel)['name']) ?? null);
    } catch (error) {
      if (outcomeOfError(error, 'repeatable').kind !== 'rejected') throw error;
      this.noteChannel(id, null);
    }
  }

  stop(): void {
    this.#stopping.abort();
    this.#wanted.clear();
  }

  #want(id: string): void {
    if (this.#stopping.signal.aborted || this.#wanted.size >= MOST_WANTED) return;
    this.#wanted.add(id);
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.#lookUpAll();
  }

  async #lookUpAll(): Promise<void> {
    const { signal } = this.#stopping;
    for (const id of this.#wanted) {
      if (signal.aborted) break;
      await this.#clock.sleep(await this.#lookUp(id), signal);
    }
    this.#isLooking = false;
  }

  /** Answers how long to wait before the next one. */
  async #lookUp(id: string): Promise<number> {
    try {
      const answer = await this.#client.users.info({ user: id });
      remember(this.#users, id, nameOf(answer.user));
    } catch (error) {
      const outcome = outcomeOfError(error, 'repeatable');
      this.#logger.debug({ user: id, outcome: outcome.kind }, 'slack user was not found');
      if (outcome.kind === 'retryable' && outcome.rateLimited) return outcome.waitMs;
      // Not asked again: the id serves as well as it can.
      remember(this.#users, id, null);
    }
    this.#wanted.delete(id);
    return LOOKUP_SPACING_MS;
  }
}

function nameOf(user: unknown): string | null {
  const { profile, real_name: realName, name } = objectOf(user);
  return stringOf(objectOf(profile)['display_name']) ?? stringOf(realName) ?? stringOf(name) ?? null;
}

function remember(names: Map<string, string | null>, id: string, name: string | null): void {
  names.delete(id);
  names.set(id, name);
  const [oldest] = names.keys();
  if (names.size > MOST_NAMES && oldest !== undefined) names.delete(oldest);
}
