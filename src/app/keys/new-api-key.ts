import { createHash } from 'node:crypto';
import type { ApiKey } from '../../core/ports.ts';

/** Random bytes of a secret: too many to be guessed, so that its hash needs no salt and no slow function. */
export const SECRET_BYTES = 32;

/** Characters of the secret that people may go on seeing, to tell keys apart; 40 random ones stay hidden. */
const HINT_LENGTH = 'tr_'.length + 3;

export type NewApiKey = {
  key: ApiKey;
  /** Shown once, kept nowhere. */
  secret: string;
  /** What is stored in its place. */
  secretHash: string;
};

/** A key whose secret is `tr_` and 43 characters of base64url, made of `SECRET_BYTES` random bytes. Pure. */
export function newApiKey(
  facts: Pick<ApiKey, 'id' | 'projectId' | 'scope' | 'name' | 'createdAt'>,
  randomBytes: Uint8Array,
): NewApiKey {
  const secret = `tr_${Buffer.from(randomBytes).toString('base64url')}`;
  return {
    key: { ...facts, hint: secret.slice(0, HINT_LENGTH), revokedAt: null },
    secret,
    secretHash: createHash('sha256').update(secret).digest('hex'),
  };
}
