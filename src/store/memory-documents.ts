import { createHash } from 'node:crypto';
import type { Memory } from '../core/memory/memory.ts';
import { free, id, schema, text, time } from './schema-parts.ts';

/**
 * `owner` is made of project and subject; `same` is alike for facts that say the same. `slot` counts from 0 and is below
 * MOST_MEMORIES: that no two facts of an owner share one bounds how many there are. Facts of older versions have none.
 */
export type MemoryDocument = Omit<Memory, 'id'> & {
  _id: string;
  owner: string;
  same: string;
  slot?: number;
};

export const memorySchema = schema<MemoryDocument>({
  _id: id,
  owner: id,
  same: id,
  slot: Number,
  projectId: id,
  subject: id,
  text,
  source: free,
  createdAt: time,
  updatedAt: time,
});
memorySchema.index({ owner: 1, same: 1 }, { unique: true });
memorySchema.index(
  { owner: 1, slot: 1 },
  { unique: true, partialFilterExpression: { slot: { $type: 'number' } } },
);
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

export function toMemory({
  _id,
  owner: _owner,
  same: _same,
  slot: _slot,
  ...memory
}: MemoryDocument): Memory {
  return { id: _id, ...memory };
}
