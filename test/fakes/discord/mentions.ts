import type { Json } from './json.ts';
import { asObject, asStrings } from './json.ts';

/** Whom a text notifies. */
export type Pings = { userIds: string[]; roleIds: string[]; everyone: boolean };

function idsIn(content: string, pattern: RegExp): string[] {
  return [...new Set([...content.matchAll(pattern)].flatMap((match) => match[1] ?? []))];
}

/** Every mention written in the text, whether or not it would notify. Code spans count: better one too many. */
export function mentionsIn(content: string): Pings {
  return {
    userIds: idsIn(content, /<@!?(\d{1,20})>/g),
    roleIds: idsIn(content, /<@&(\d{1,20})>/g),
    everyone: /@(everyone|here)/.test(content),
  };
}

/** The mentions that `allowed_mentions` lets through; without it all are. */
export function pingsOf(content: string, allowedMentions: unknown): Pings {
  const written = mentionsIn(content);
  const allowed: Json | undefined = asObject(allowedMentions);
  if (!allowed) return written;
  const parse = asStrings(allowed['parse']);
  const users = asStrings(allowed['users']);
  const roles = asStrings(allowed['roles']);
  return {
    userIds: written.userIds.filter((id) => parse.includes('users') || users.includes(id)),
    roleIds: written.roleIds.filter((id) => parse.includes('roles') || roles.includes(id)),
    everyone: written.everyone && parse.includes('everyone'),
  };
}

/** Whether the text notifies anybody. */
export function notifies(pings: Pings): boolean {
  return pings.everyone || pings.userIds.length > 0 || pings.roleIds.length > 0;
}
