import { firstFault, type Frame, list, pieces, type Protocol } from './answer.ts';
import { pictureFault } from './pictures.ts';

const FINISH = { stop: 'end_turn', length: 'max_tokens', filter: 'refusal' } as const;

/** Anthropic's messages: `POST /v1/messages` with `stream: true`. */
export const anthropicMessages: Protocol = {
  fault(body) {
    if (typeof body['max_tokens'] !== 'number') return 'max_tokens: Field required';
    const messages = list(body['messages']);
    const pictures = messages.flatMap(({ content }) => list(content).filter(({ type }) => type === 'image'));
    const fault = firstFault(pictures, ({ source }) => {
      const [{ type, media_type: mediaType, data } = {}] = list([source]);
      return type === 'base64' ? pictureFault(mediaType, data, body['model']) : 'image: unknown source';
    });
    if (fault !== null) return fault;
    if (messages[0]?.['role'] !== 'user') return 'messages: first message must use the "user" role';
    const uses = messages.some(({ content }) => list(content).some(({ type }) => type === 'tool_use'));
    if (uses && list(body['tools']).length === 0)
      return 'Requests which have `tool_use` blocks must define tools';
    let open: unknown[] = [];
    for (const [index, { role, content }] of messages.entries()) {
      if (index > 0 && role === messages[index - 1]?.['role']) return 'messages: roles must alternate';
      const results = list(content).filter(({ type }) => type === 'tool_result');
      if (open.some((id) => !results.some((result) => result['tool_use_id'] === id)))
        return '`tool_use` ids were found without `tool_result` blocks immediately after';
      if (results.some((result) => !open.includes(result['tool_use_id'])))
        return 'unexpected `tool_use_id` found in `tool_result` blocks';
      if (list(content).some(({ type, text }) => type === 'text' && text === ''))
        return 'messages: text content blocks must be non-empty';
      open = list(content).flatMap(({ type, id }) => (type === 'tool_use' ? [id] : []));
    }
    return open.length > 0 ? '`tool_use` without `tool_result`' : null;
  },
  frames(answer, model) {
    const event = (type: string, more: object, isContent = false): Frame => ({
      text: `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`,
      isContent,
    });
    const { text = [], calls = [], usage = { input: 10, output: 5 }, finish = 'stop' } = answer;
    const said = text.length === 0 ? 0 : 1;
    const message = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
    };
    const input = {
      input_tokens: usage.input - (usage.cached ?? 0),
      cache_read_input_tokens: usage.cached ?? 0,
    };
    return [
      event('message_start', { message: { ...message, usage: { ...input, output_tokens: 1 } } }),
      event('ping', {}),
      ...(said === 1
        ? [
            event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
            ...text.map((piece) =>
              event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: piece } }, true),
            ),
            event('content_block_stop', { index: 0 }),
          ]
        : []),
      ...calls.flatMap((call, nth) => {
        const index = said + nth;
        const block = { type: 'tool_use', id: call.id, name: call.name, input: {} };
        return [
          event('content_block_start', { index, content_block: block }, true),
          ...pieces(call).map((piece) =>
            event(
              'content_block_delta',
              { index, delta: { type: 'input_json_delta', partial_json: piece } },
              true,
            ),
          ),
          event('content_block_stop', { index }),
        ];
      }),
      event('message_delta', {
        delta: { stop_reason: calls.length > 0 ? 'tool_use' : FINISH[finish], stop_sequence: null },
        usage: { output_tokens: usage.output },
      }),
      event('message_stop', {}),
    ];
  },
  errorFrame: `event: error\ndata: ${JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })}\n\n`,
  refusal: ({ code = 'api_error', message = 'refused' }) => ({
    type: 'error',
    error: { type: code, message },
  }),
};
