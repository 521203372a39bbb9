import { createHash } from 'node:crypto';
import type { PartAddress } from '../../core/ports.ts';
import { NONCE_LENGTH } from './limits.ts';

/** The same for every try of one part of one run, in any process. */
export function nonceOf(address: Pick<PartAddress, 'runId' | 'index'>): string {
  const digest = createHash('sha256').update(`${address.runId}:${address.index}`).digest('base64url');
  return digest.slice(0, NONCE_LENGTH);
}
