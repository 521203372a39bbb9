import mongoose from 'mongoose';
import { expect, test } from 'vitest';
import { modelsOf } from '../../../src/store/models.ts';
import { SHARD_KEYS } from '../../../src/store/shard-keys.ts';
import { codeRows, projectFile, section } from '../docs/markdown.ts';

const models = modelsOf(mongoose.createConnection());

type Index = { collection: string; fields: string[]; isUnique: boolean; isPartial: boolean };

const indexes: Index[] = Object.entries(models).flatMap(([collection, model]) =>
  model.schema.indexes().map(([key, options]) => ({
    collection,
    fields: Object.keys(key),
    isUnique: options?.unique === true,
    isPartial: options?.partialFilterExpression !== undefined,
  })),
);

function keyFields(collection: string): string[] {
  return Object.entries(SHARD_KEYS).flatMap(([name, key]) => (name === collection ? Object.keys(key) : []));
}

/** Two documents with equal values in such an index are on one shard, which then refuses the second. */
function isHeldByOneShard({ collection, fields }: Pick<Index, 'collection' | 'fields'>): boolean {
  const key = keyFields(collection);
  return key.length > 0 && key.every((field, position) => fields[position] === field);
}

test('every collection has the name by which queries and these keys call it', () => {
  const names = Object.entries(models).map(([name, model]) => [name, model.collection.name]);
  expect(names.filter(([name, stored]) => name !== stored)).toEqual([]);
});

test('every collection has a shard key', () => {
  expect(Object.keys(SHARD_KEYS).toSorted()).toEqual(Object.keys(models).toSorted());
});

test('every unique index begins with the shard key of its collection', () => {
  const unique = indexes.filter(({ isUnique }) => isUnique);

  expect(unique.map(({ collection, fields }) => `${collection} ${fields.join()}`)).toEqual([
    'messages threadId,seq',
    'messages threadId,sourceId',
    'checkpoints threadId,seq',
    'runs threadId,idempotencyKey',
    'runs threadId',
    'memories owner,same',
    'memories owner,slot',
    'files threadId,attachmentId',
    'file_contents.chunks files_id,n',
  ]);
  expect(unique.filter((index) => !isHeldByOneShard(index))).toEqual([]);
});

test('an index that does not begin with the shard key would be found', () => {
  expect(isHeldByOneShard({ collection: 'messages', fields: ['sourceId', 'threadId'] })).toBe(false);
  expect(isHeldByOneShard({ collection: 'threads', fields: ['projectId'] })).toBe(false);
});

test('an id that must be unique in the whole cluster is the shard key of its collection', () => {
  // The ids of the others are made by us from 74 random bits and looked for below their thread alone.
  const byId = Object.keys(SHARD_KEYS).filter((collection) => keyFields(collection).join() === '_id');

  expect(byId.toSorted()).toEqual([
    'budgets',
    'cursors',
    'keys',
    'knowledge',
    'knowledge_files',
    'origins',
    'paces',
    'requests',
    'retention_rounds',
    'summaries',
    'threads',
    'usage',
  ]);
});

test('a collection that is sharded by another field than its id has an index that begins with it', () => {
  for (const collection of ['messages', 'checkpoints', 'runs', 'deliveries']) {
    const useful = indexes.filter(
      (index) => index.collection === collection && !index.isPartial && isHeldByOneShard(index),
    );
    expect(useful.length, collection).toBeGreaterThan(0);
  }
});

test('docs/scaling.md tells these keys', () => {
  const told = codeRows(section(projectFile('docs/scaling.md'), '### Shard keys'));

  expect(told).toEqual(
    Object.entries(SHARD_KEYS).map(([collection, key]) => {
      const fields = Object.entries(key).map(
        ([field, kind]) => `${field}: ${kind === 1 ? '1' : `"${kind}"`}`,
      );
      return [collection, `\`{ ${fields.join(', ')} }\``];
    }),
  );
});
