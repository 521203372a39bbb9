import { createHash } from 'node:crypto';
import type { Memory } from '../core/memory/memory.ts';
import { free, id, schema, text, time } from './schema-parts.ts';

/** `owner` is made of project and subject; `same` is alike for facts that say the same. */
export type MemoryDocument = Omit<Memory, 'id'> & { _id: string; owner: string; same: string };

export const memorySchema = schema<MemoryDocument>({
  _id: id,
  owner: id,
  same: id,
  projectId: id,
  subject: id,
  text,
  source: free,
  createdAt: time,
  updatedAt: time,
});
memorySchema.index({ owner: 1, same: 1 }, { unique: true });
memorySchema.index({ owner: 1, createdAt: -1 });
// For retention.
memorySchema.index({ projectId: 1, updatedAt: 1 });

export function ownerOf(projectId: string, subject: string): string {
  return `${projectId}/${subject}`;
}

/** Case, spaces and a full stop make no other fact. */
export function samenessOf(fact: string): string {
  const plain = fact
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/\s+/g, ' ')
    .replace(/[\s.!]+$/, '');
  return createHash('sha256').update(plain).digest('base64url');
}
