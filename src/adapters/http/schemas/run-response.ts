import { z } from 'zod';
import { message } from './message.ts';

const EXAMPLE = `id: 1-1.0
event: metadata
data: {"run_id":"0199d7a4-7b52-7d10-8a44-51a3c6a0c0de","attempt":1}

id: 1-2.0
event: messages
data: [{"type":"AIMessageChunk","id":"0199d7a4-7b52-7d10-8a44-51a3c6a0c0de-1","content":"On its"},{"langgraph_node":"assistant"}]

id: 1-end
event: end
data: {"run_id":"0199d7a4-7b52-7d10-8a44-51a3c6a0c0de","status":"success"}

`;

/** The frames of a run. */
export const streamResponse = {
  description:
    'Frames with `id`, `event` and `data` in JSON: `metadata` first; then by what is streamed `values`, `messages`, `messages/metadata`, `messages/partial`, `messages/complete`, `updates`, `tools`, `custom`; `gap` where some are not kept any more; `error` when the run failed; `end` last, also when the run waits for approval, for which `__interrupt__` in `updates` and `values` says of what. `: heartbeat` every 5 s. `Location` is where the stream can be followed again with `Last-Event-ID`, `Content-Location` the run.',
  content: { 'text/event-stream': { schema: z.string(), example: EXAMPLE } },
};

const outcome = z
  .union([
    z.looseObject({ messages: z.array(message) }),
    z.object({ __error__: z.object({ error: z.string(), message: z.string() }) }),
  ])
  .meta({ id: 'RunOutcome' });

/** What a run left. */
export const outcomeResponse = {
  description:
    'The state as the run left it, with `__interrupt__` when it waits for approval, or `__error__` when it failed.',
  content: {
    'application/json': {
      schema: outcome,
      example: {
        messages: [
          { type: 'human', id: '0199d7a4-7b52-7d10-8a44-51a3c6a0c0aa', content: 'Where is my order?' },
          { type: 'ai', id: '0199d7a4-7b52-7d10-8a44-51a3c6a0c0de-1', content: 'On its way.' },
        ],
      },
    },
  },
};
