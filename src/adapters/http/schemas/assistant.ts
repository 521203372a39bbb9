import { z } from 'zod';
import * as examples from './examples.ts';
import { assistantId, jsonObject, maybe, time } from './json.ts';
import { limit, offset } from './query.ts';

export const assistant = z
  .object({
    assistant_id: assistantId,
    graph_id: assistantId,
    config: z.object({}),
    context: z.object({}),
    created_at: time,
    updated_at: time,
    metadata: jsonObject,
    version: z.int(),
    name: z.string(),
    description: z.string().nullable(),
  })
  .meta({ id: 'Assistant', examples: [examples.assistant] });

export const ASSISTANT_FIELDS = [
  'assistant_id',
  'graph_id',
  'name',
  'description',
  'config',
  'context',
  'created_at',
  'updated_at',
  'metadata',
  'version',
] as const;

const filter = {
  graph_id: maybe(assistantId),
  name: maybe(z.string().max(200)).meta({ description: 'Part of its name, in any case.' }),
  metadata: maybe(jsonObject),
};

export const searchAssistants = z
  .strictObject({
    ...filter,
    limit,
    offset,
    sort_by: maybe(z.enum(['assistant_id', 'graph_id', 'name', 'created_at', 'updated_at'])),
    sort_order: maybe(z.enum(['asc', 'desc'])),
    select: maybe(z.array(z.enum(ASSISTANT_FIELDS)).min(1)).meta({ description: 'Only these fields.' }),
  })
  .prefault({})
  .meta({ id: 'SearchAssistants', example: { limit: 10, offset: 0 } });

/** Fields that were asked for. */
export const assistantFields = z
  .looseObject(assistant.partial().shape)
  .meta({ id: 'AssistantFields', examples: [examples.assistant] });

export const countAssistants = z
  .strictObject(filter)
  .prefault({})
  .meta({ id: 'CountAssistants', example: {} });
