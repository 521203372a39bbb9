import { ThreadrelayError } from '../errors.ts';
import type { Origin, Platform } from '../origin.ts';

/**
 * One person as a project knows them: by the id that messages have as their author's. `api` stands for threads and messages
 * of programs, whose authors have no tenant.
 */
export type Person = { platform: Platform | 'api'; tenant: string | null; id: string };

const PLATFORMS: readonly Platform[] = ['slack', 'discord'];

/** The one text form of a person: `slack:TEAM:USER`, `discord:GUILD:USER`, `api:NAME`. */
export function personKey({ platform, tenant, id }: Person): string {
  return tenant === null ? `${platform}:${id}` : `${platform}:${tenant}:${id}`;
}

/** Who wrote a message: the author's id, in the tenant that the thread lives in. Pure. */
export function personOf(author: { id: string }, origin: Pick<Origin, 'platform' | 'tenant'> | null): Person {
  return origin === null
    ? { platform: 'api', tenant: null, id: author.id }
    : { platform: origin.platform, tenant: origin.tenant, id: author.id };
}

/** Reads what `personKey` writes. @throws ThreadrelayError `invalid_input` that says what a person looks like */
export function parsePerson(text: string): Person {
  const [platform, ...rest] = text.split(':');
  // A program's name for a person may hold a colon.
  if (platform === 'api' && rest.join(':') !== '') {
    return { platform, tenant: null, id: rest.join(':') };
  }
  const known = PLATFORMS.find((each) => each === platform);
  const [tenant = '', id = ''] = rest;
  if (known === undefined || rest.length !== 2 || tenant === '' || id === '') {
    throw new ThreadrelayError(
      'invalid_input',
      `"${text}" names no person. Write "slack:TEAM:USER", "discord:GUILD:USER" or "api:NAME", with the ids of the platform, as "slack:T024BE7LH:U024BE7LH".`,
    );
  }
  return { platform: known, tenant, id };
}
