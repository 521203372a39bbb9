import { ThreadrelayError } from '../errors.ts';
import type { Origin } from '../origin.ts';
import { type Person, personKey, parsePerson } from '../privacy/person.ts';

/** Whom a fact is about: one person, or all people of a tenant (a Slack team, a Discord guild). */
export type MemorySubject =
  | { kind: 'person'; person: Person }
  | { kind: 'team'; platform: Origin['platform']; tenant: string };

/** Where a fact comes from; null for one that was told over the API. */
export type MemorySource = { threadId: string; messageId: string };

/** A fact about a person or a team, kept across the threads of a project. */
export type Memory = {
  id: string;
  projectId: string;
  /** As `subjectKey` writes it. */
  subject: string;
  text: string;
  source: MemorySource | null;
  createdAt: Date;
  /** When a person or program corrected it last; as `createdAt` where nobody did. */
  updatedAt: Date;
};

/** Longer than this it is no fact but a text; in UTF-16 units. */
export const MOST_MEMORY_CHARACTERS = 500;
/** Of one person in a project: what people can look through, and what a list of them shows whole. */
export const MOST_MEMORIES = 100;

const TEAM = 'team:';
const TEAM_SUBJECT = /^team:(slack|discord):([^:\s]+)$/;

/** The one text form of a subject: that of the person, or `team:slack:TEAM`. Pure. */
export function subjectKey(subject: MemorySubject): string {
  return subject.kind === 'person'
    ? personKey(subject.person)
    : `${TEAM}${subject.platform}:${subject.tenant}`;
}

/** Reads what `subjectKey` writes. @throws ThreadrelayError `invalid_input` that says what a subject looks like */
export function parseSubject(text: string): MemorySubject {
  const [, platform, tenant = ''] = TEAM_SUBJECT.exec(text) ?? [];
  if (platform === 'slack' || platform === 'discord') return { kind: 'team', platform, tenant };
  if (!text.startsWith(TEAM)) return { kind: 'person', person: parsePerson(text) };
  throw new ThreadrelayError(
    'invalid_input',
    `"${text}" names no team. Write "team:slack:TEAM" or "team:discord:GUILD", or a person as "slack:TEAM:USER".`,
  );
}

/** A fact as it is kept: on one line, without what cannot be seen. Pure. */
export function factOf(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Z}]+/gu, ' ')
    .trim()
    .slice(0, MOST_MEMORY_CHARACTERS)
    .toWellFormed();
}
