import { createHash } from 'node:crypto';
import type { PartAddress } from '../../core/ports.ts';

/** Discord takes nonces of at most 25 characters; 24 base64url digits are 144 bits. */
const NONCE_LENGTH = 24;

/** The same for every try of one part of one run, in any process. */
export function nonceOf(address: Pick<PartAddress, 'runId' | 'index'>): string {
  const digest = createHash('sha256').update(`${address.runId}:${address.index}`).digest('base64url');
  return digest.slice(0, NONCE_LENGTH);
}
