import { z } from 'zod';
import * as examples from './examples.ts';
import { jsonObject, maybe, time } from './json.ts';

const toolCall = z.object({
  name: z.string(),
  args: jsonObject,
  id: z.string(),
  type: z.literal('tool_call'),
});

/** As the SDK knows a message. */
export const message = z
  .object({
    type: z.enum(['human', 'ai', 'tool', 'system']),
    id: z.string().meta({ description: 'The id that the client gave it, else one of ours.' }),
    content: z.string().meta({ description: 'Empty when the message was deleted.' }),
    name: z.string().optional().meta({ description: 'Who said it, where it is known.' }),
    tool_calls: z.array(toolCall).optional(),
    tool_call_id: z.string().optional(),
  })
  .meta({
    id: 'Message',
    examples: examples.messages,
  });

/** A message with all that is kept of it. */
export const threadMessage = message
  .extend({
    seq: z.int().meta({ description: 'Its step in the thread.' }),
    created_at: time,
    run_id: z.string().nullable().meta({ description: 'The run that said it.' }),
    author: z.object({ id: z.string(), name: z.string().nullable(), is_bot: z.boolean() }).nullable(),
    attachments: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        media_type: z.string().nullable(),
        size_bytes: z.number().nullable(),
        url: z.string().nullable(),
      }),
    ),
    edited_at: time.nullable().meta({ description: 'When it got its present text, if not its first.' }),
    redacted_at: time.nullable().meta({ description: 'When it was deleted. Its text is gone everywhere.' }),
  })
  .meta({ id: 'ThreadMessage', examples: [examples.threadMessage] });

const textBlock = z.strictObject({ type: z.literal('text'), text: z.string() });

const content = z.union([z.string(), z.array(textBlock)], {
  error: 'must be text, or a list of blocks {"type":"text","text":…}; other blocks cannot be kept',
});

/** Far above every scheme of ids, far below what an index takes in one entry. */
const MOST_CHARACTERS_OF_AN_ID = 200;

/** Fields of the SDK's messages that mean nothing here. */
const ignored = {
  additional_kwargs: z.unknown().optional(),
  response_metadata: z.unknown().optional(),
  usage_metadata: z.unknown().optional(),
  invalid_tool_calls: z.unknown().optional(),
  example: z.unknown().optional(),
  artifact: z.unknown().optional(),
  status: z.unknown().optional(),
};

const id = maybe(z.string().min(1).max(MOST_CHARACTERS_OF_AN_ID));

/** Tool calls of one message: models make a handful. */
const MOST_TOOL_CALLS = 100;

const toolCallInput = z.strictObject({
  name: z.string().min(1).max(200),
  args: jsonObject,
  id,
  type: z.literal('tool_call').optional(),
});

const given = z.strictObject({
  type: z.enum(['human', 'user', 'ai', 'assistant', 'tool', 'system']).optional(),
  role: z.enum(['human', 'user', 'ai', 'assistant', 'tool', 'system']).optional(),
  id: id.meta({ description: 'Unique in the thread. Left out, one is made.' }),
  content,
  name: maybe(z.string().max(200)),
  tool_calls: maybe(z.array(toolCallInput).max(MOST_TOOL_CALLS)),
  tool_call_id: maybe(z.string().max(MOST_CHARACTERS_OF_AN_ID)),
  ...ignored,
});

/** A message that a client appends; `type` or `role` tells who says it. */
export const messageInput = given
  .refine(({ type, role }) => type !== undefined || role !== undefined, {
    message: 'is missing; it must be human, ai, tool or system',
    path: ['type'],
  })
  .meta({ id: 'NewMessage', example: { type: 'human', content: 'Where is my order?' } });

export type MessageInput = z.output<typeof messageInput>;

/** Erases the message with this id. */
export const messageRemoval = z
  .strictObject({
    type: z.literal('remove'),
    id: z.string().min(1).max(MOST_CHARACTERS_OF_AN_ID),
    content: z.unknown().optional(),
    name: z.unknown().optional(),
    ...ignored,
  })
  .meta({ id: 'MessageRemoval' });

/** Messages of one request. */
export const MOST_MESSAGES = 100;
