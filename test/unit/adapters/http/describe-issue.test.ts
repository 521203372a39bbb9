import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { refusal } from '../../../../src/adapters/http/describe-issue.ts';
import { messageInput } from '../../../../src/adapters/http/schemas/message.ts';
import { updateState } from '../../../../src/adapters/http/schemas/state.ts';
import { createThread, searchThreads } from '../../../../src/adapters/http/schemas/thread.ts';

function refused(schema: z.ZodType, value: unknown) {
  const { error } = schema.safeParse(value);
  if (error === undefined) throw new Error('the value was taken');
  const { message, details } = refusal(error, 'body');
  return { message, field: details?.['field'] };
}

describe('a refusal names the field and says how to mend it', () => {
  test.each([
    [createThread, { name: 7 }, 'name', 'name must be text.'],
    [createThread, { name: '' }, 'name', 'name must not be empty.'],
    [createThread, { thread_id: 'x' }, 'thread_id', 'thread_id must be a valid UUID.'],
    [createThread, { colour: 1 }, 'colour', 'colour is no field that is known here. Leave it out.'],
    [createThread, { if_exists: 'no' }, 'if_exists', 'if_exists must be one of "raise", "do_nothing".'],
    [
      createThread,
      { metadata: { 'a.b': 1 } },
      'metadata.a.b',
      'metadata.a.b has a key that holds "."; give it another name.',
    ],
    [createThread, { ttl: { ttl: 'x' } }, 'ttl.ttl', 'ttl.ttl must be a number.'],
    [createThread, [], 'body', 'body must be an object.'],
    [searchThreads, { limit: 1.5 }, 'limit', 'limit must be a whole number.'],
    [searchThreads, { limit: 1_001 }, 'limit', 'limit must be at most 1000.'],
    [searchThreads, { select: [] }, 'select', 'select must not be empty.'],
    [
      messageInput,
      { type: 'human' },
      'content',
      'content must be text, or a list of blocks {"type":"text","text":…}; other blocks cannot be kept.',
    ],
    [messageInput, { content: 'x' }, 'type', 'type is missing; it must be human, ai, tool or system.'],
    [
      updateState,
      { values: { messages: [{ type: 'remove' }] } },
      'values.messages.0.id',
      'values.messages.0.id is missing; it must be text.',
    ],
    [
      updateState,
      { checkpoint_id: 'x' },
      'checkpoint_id',
      'checkpoint_id must be a checkpoint_id of this thread, as "000000000042".',
    ],
  ] as const)('%#: %o in %o', (schema, value, field, message) => {
    expect(refused(schema, value)).toEqual({ field, message });
  });
});
