import { ThreadrelayError } from '../../core/errors.ts';
import type { ApiKey, ApiKeyStore, Scope } from '../../core/ports.ts';
import { issueKey } from './issue-key.ts';

/** What a command says: `answer` is what it was called for, `notices` are for the person beside it. */
export type Said = { answer: string; notices: string[] };

/** `threadrelay keys create`. The answer is the secret alone, so that a script can take it. @throws ThreadrelayError */
export async function createKey(
  keys: ApiKeyStore,
  projects: readonly string[],
  { project, scope, name }: { project: string; scope: Scope; name: string | null },
): Promise<Said> {
  expectProject(projects, project);
  const { key, secret } = await issueKey(keys, { projectId: project, scope, name });
  return {
    answer: secret,
    notices: [
      `Made key ${key.id} for the project "${project}" with the scope "${scope}".`,
      'Keep its secret, which follows: it is shown this once, and only its hash is stored.',
    ],
  };
}

/** `threadrelay keys list`: those of all projects, or of one. @throws ThreadrelayError */
export async function listKeys(
  keys: ApiKeyStore,
  projects: readonly string[],
  { project, json }: { project: string | null; json: boolean },
): Promise<Said> {
  if (project !== null) expectProject(projects, project);
  const found = await keys.list(project);
  if (json) return { answer: JSON.stringify({ keys: found.map(asJson) }, null, 2), notices: [] };
  if (found.length === 0) {
    return { answer: '', notices: ['There is no key yet. Make one with "threadrelay keys create".'] };
  }
  return { answer: asTable(found), notices: [] };
}

/** `threadrelay keys revoke`. @throws ThreadrelayError `not_found` */
export async function revokeKey(keys: ApiKeyStore, id: string, now: Date): Promise<Said> {
  if (await keys.revoke(id, now)) {
    return { answer: `Revoked key ${id}. Running processes refuse it within a second.`, notices: [] };
  }
  const revokedAt = (await keys.list(null)).find((key) => key.id === id)?.revokedAt ?? null;
  throw new ThreadrelayError(
    'not_found',
    revokedAt === null
      ? `There is no key with the id "${id}". "threadrelay keys list" shows them; the id stands first.`
      : `Key ${id} was revoked already, on ${revokedAt.toISOString()}.`,
  );
}

/** @throws ThreadrelayError `invalid_input` for a project that is not configured */
export function expectProject(projects: readonly string[], project: string): void {
  if (projects.includes(project)) return;
  const names = projects.map((name) => `"${name}"`).join(', ');
  throw new ThreadrelayError(
    'invalid_input',
    `There is no project "${project}". The configuration has ${names}; add it there first, under "projects".`,
  );
}

function asJson({ id, projectId, scope, name, hint, createdAt, revokedAt }: ApiKey) {
  return { id, project: projectId, scope, name, hint, created_at: createdAt, revoked_at: revokedAt };
}

function asTable(keys: readonly ApiKey[]): string {
  const rows = [
    ['ID', 'PROJECT', 'SCOPE', 'SECRET', 'CREATED', 'REVOKED', 'NAME'],
    ...keys.map(({ id, projectId, scope, name, hint, createdAt, revokedAt }) => [
      id,
      projectId,
      scope,
      `${hint}…`,
      toMinute(createdAt),
      revokedAt === null ? '' : toMinute(revokedAt),
      name ?? '',
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}

function toMinute(at: Date): string {
  return at.toISOString().slice(0, 16).replace('T', ' ');
}
