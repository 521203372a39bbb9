import type { mongo } from 'mongoose';
import type { ThreadFilter } from '../core/ports.ts';
import type { Metadata, ThreadStatus } from '../core/threads/thread.ts';
import { requireKeyed } from './data-faults.ts';
import type { ThreadDocument } from './documents.ts';

/** Objects within a wanted value are compared key by key so deep; those below as they are, with their keys' order. */
const COMPARED_LEVELS = 4;

/** The filter as MongoDB reads it. @throws ThreadrelayError `invalid_input` for a key that cannot be one */
export function threadQuery(filter: ThreadFilter): mongo.Filter<ThreadDocument> {
  const { projectId, ids, status, metadata = {}, values = {}, assistantId } = filter;
  requireKeyed(metadata, 'metadata');
  requireKeyed(values, 'values');
  const same = [...sameFields('metadata', metadata), ...sameFields('values', values)];
  return {
    projectId,
    ...(ids === undefined ? {} : { _id: { $in: [...ids] } }),
    ...(assistantId === undefined ? {} : { assistantId }),
    ...(status === undefined ? {} : statusQuery(status)),
    ...indexable('metadata', metadata),
    ...(same.length === 0 ? {} : { $expr: { $and: same } }),
  };
}

/** The status as `threadStatus` says it, for an aggregation. */
export const STATUS_OF_THREAD = {
  $cond: [
    { $gt: ['$openRuns', 0] },
    { $cond: [{ $eq: [{ $type: '$asks' }, 'object'] }, 'interrupted', 'busy'] },
    { $ifNull: ['$lastEnd', 'idle'] },
  ],
};

function statusQuery(status: ThreadStatus): mongo.Filter<ThreadDocument> {
  if (status === 'busy') return { openRuns: { $gt: 0 }, asks: { $exists: false } };
  const noneOpen = { openRuns: { $not: { $gt: 0 } } };
  // Threads that were stored before it was kept are idle.
  if (status === 'idle') return { ...noneOpen, lastEnd: { $nin: ['interrupted', 'error'] } };
  const ended = { ...noneOpen, lastEnd: status };
  if (status === 'error') return ended;
  return { $or: [ended, { openRuns: { $gt: 0 }, asks: { $exists: true } }] };
}

/**
 * What an index finds of them. It finds too much: lists that hold the value, and for null, fields that are absent.
 */
function indexable(field: 'metadata', wanted: Metadata): Record<string, unknown> {
  const scalars = Object.entries(wanted).filter(
    ([, value]) => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean',
  );
  return Object.fromEntries(scalars.map(([key, value]) => [`${field}.${key}`, { $eq: value }]));
}

function sameFields(field: 'metadata' | 'values', wanted: Metadata): unknown[] {
  return Object.entries(wanted).map(([key, value]) =>
    equals(fieldOf(`$${field}`, key), value, COMPARED_LEVELS),
  );
}

function fieldOf(input: unknown, key: string): unknown {
  return { $getField: { field: { $literal: key }, input } };
}

/** Whether an expression is exactly the value. */
function equals(expression: unknown, value: unknown, levels: number): unknown {
  const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
  if (!isObject || levels === 0) return { $eq: [expression, { $literal: value }] };
  const entries = Object.entries(value);
  const asMany = { $eq: [{ $size: { $objectToArray: expression } }, entries.length] };
  const all = entries.map(([key, each]) => equals(fieldOf(expression, key), each, levels - 1));
  return { $cond: [{ $eq: [{ $type: expression }, 'object'] }, { $and: [asMany, ...all] }, false] };
}
