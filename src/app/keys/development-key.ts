import type { ApiKeyStore } from '../../core/ports.ts';
import { issueKey } from './issue-key.ts';

/**
 * The secret of a key for trying the API out, made in a database that has never held any; null elsewhere, also where all
 * keys were revoked. It opens everything of its project, so it is only for services that listen on loopback.
 */
export async function makeDevelopmentKey(
  keys: Pick<ApiKeyStore, 'list' | 'create'>,
  projectId: string,
): Promise<string | null> {
  const known = await keys.list(null);
  if (known.length > 0) return null;
  const { secret } = await issueKey(keys, { projectId, scope: 'admin', name: 'development' });
  return secret;
}

/** Whether nobody but this machine reaches a server that listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
