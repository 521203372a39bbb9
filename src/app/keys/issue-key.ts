import { randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { systemClock } from '../../core/clock.ts';
import type { ApiKey, ApiKeyStore } from '../../core/ports.ts';
import { type NewApiKey, newApiKey, SECRET_BYTES } from './new-api-key.ts';

/** Makes and stores a key. The answer is the only place where its secret ever is. */
export async function issueKey(
  keys: Pick<ApiKeyStore, 'create'>,
  facts: Pick<ApiKey, 'projectId' | 'scope' | 'name'>,
): Promise<NewApiKey> {
  const made = newApiKey({ ...facts, id: uuidv7(), createdAt: systemClock.now() }, randomBytes(SECRET_BYTES));
  await keys.create(made.key, made.secretHash);
  return made;
}
