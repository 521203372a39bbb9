import { firstFault, type Frame, list, pieces, type Protocol } from './answer.ts';
import { dataUrlFault } from './pictures.ts';
import { hasText, openaiChat } from './openai-chat.ts';

/** OpenAI's responses: `POST /v1/responses` with `stream: true`. */
export const openaiResponses: Protocol = {
  fault(body) {
    const open = new Set<unknown>();
    for (const { type, call_id: id } of list(body['input'])) {
      if (type === 'function_call') open.add(id);
      if (type === 'function_call_output' && !open.delete(id)) return `no call for the output ${String(id)}`;
    }
    if (open.size > 0) return `No tool output found for function call ${[...open].join(', ')}`;
    if (body['store'] !== false) return 'this vendor is not to keep what people say';
    const parts = list(body['input']).flatMap(({ content }) => list(content));
    return firstFault(parts, ({ type, image_url: url }) =>
      type === 'input_image' ? dataUrlFault(url, body['model']) : null,
    );
  },
  frames(answer, model) {
    let sequence = 0;
    const event = (type: string, more: object, isContent = false): Frame => {
      const data = JSON.stringify({ type, sequence_number: (sequence += 1), ...more });
      return { text: `event: ${type}\ndata: ${data}\n\n`, isContent };
    };
    const { text = [], calls = [], usage = { input: 10, output: 5 }, finish = 'stop' } = answer;
    const response = { id: 'resp_1', object: 'response', created_at: 1_700_000_000, model };
    const message = { type: 'message', id: 'msg_1', role: 'assistant' };
    const reason = finish === 'length' ? 'max_output_tokens' : 'content_filter';
    return [
      event('response.created', { response: { ...response, status: 'in_progress' } }),
      ...(hasText(answer)
        ? [
            event('response.output_item.added', {
              output_index: 0,
              item: { ...message, status: 'in_progress', content: [] },
            }),
            ...text.map((delta) =>
              event(
                'response.output_text.delta',
                { item_id: 'msg_1', output_index: 0, content_index: 0, delta },
                true,
              ),
            ),
            event('response.output_item.done', {
              output_index: 0,
              item: {
                ...message,
                status: 'completed',
                content: [{ type: 'output_text', text: text.join(''), annotations: [] }],
              },
            }),
          ]
        : []),
      ...calls.flatMap((call, index) => {
        const at = { output_index: index + 1, item_id: `fc_${index}` };
        const item = { type: 'function_call', id: `fc_${index}`, call_id: call.id, name: call.name };
        const whole = pieces(call).join('');
        return [
          event(
            'response.output_item.added',
            { ...at, item: { ...item, arguments: '', status: 'in_progress' } },
            true,
          ),
          ...pieces(call).map((delta) =>
            event('response.function_call_arguments.delta', { ...at, delta }, true),
          ),
          event('response.function_call_arguments.done', { ...at, arguments: whole }),
          event('response.output_item.done', {
            ...at,
            item: { ...item, arguments: whole, status: 'completed' },
          }),
        ];
      }),
      event(finish === 'stop' ? 'response.completed' : 'response.incomplete', {
        response: {
          ...response,
          status: finish === 'stop' ? 'completed' : 'incomplete',
          incomplete_details: finish === 'stop' ? null : { reason },
          usage: {
            input_tokens: usage.input,
            input_tokens_details: { cached_tokens: usage.cached ?? 0 },
            output_tokens: usage.output,
            output_tokens_details: { reasoning_tokens: 0 },
          },
        },
      }),
    ];
  },
  errorFrame: `event: error\ndata: ${JSON.stringify({ type: 'error', sequence_number: 9, code: 'server_error', message: 'The server had an error', param: null })}\n\n`,
  refusal: openaiChat.refusal,
};
