import { firstFault, type Frame, list, pieces, type Protocol, type Says } from './answer.ts';
import { dataUrlFault } from './pictures.ts';

const FINISH = { stop: 'stop', length: 'length', filter: 'content_filter' } as const;

/** OpenAI's chat completions: `POST /v1/chat/completions` with `stream: true`. */
export const openaiChat: Protocol = {
  fault(body) {
    const open = new Set<unknown>();
    for (const { role, content, tool_calls: calls, tool_call_id: id } of list(body['messages'])) {
      if (role === 'tool') {
        if (!open.delete(id)) return `a tool message answers no call: ${String(id)}`;
        continue;
      }
      if (open.size > 0) return `calls without results: ${[...open].join(', ')}`;
      for (const call of list(calls)) open.add(call['id']);
      if (role === 'user' && content === '') return 'empty content';
    }
    if (open.size > 0) return 'calls without results';
    const parts = list(body['messages']).flatMap(({ content }) => list(content));
    return firstFault(parts, ({ type, image_url: image }) =>
      type === 'image_url' ? dataUrlFault(list([image])[0]?.['url'], body['model']) : null,
    );
  },
  frames(answer, model) {
    const chunk = (choices: object[], more: object = {}) =>
      `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_700_000_000, model, choices, ...more })}\n\n`;
    const delta = (value: object, finish: string | null = null) =>
      chunk([{ index: 0, delta: value, finish_reason: finish }]);
    const { text = [], calls = [], usage = { input: 10, output: 5 }, finish = 'stop' } = answer;
    const total = {
      prompt_tokens: usage.input,
      completion_tokens: usage.output,
      total_tokens: usage.input + usage.output,
    };
    const cached = { prompt_tokens_details: { cached_tokens: usage.cached ?? 0 } };
    return [
      { text: delta({ role: 'assistant', content: '' }), isContent: false },
      ...text.map((piece): Frame => ({ text: delta({ content: piece }), isContent: true })),
      ...calls.flatMap((call, index) => [
        {
          text: delta({
            tool_calls: [
              { index, id: call.id, type: 'function', function: { name: call.name, arguments: '' } },
            ],
          }),
          isContent: true,
        },
        ...pieces(call).map((piece) => ({
          text: delta({ tool_calls: [{ index, function: { arguments: piece } }] }),
          isContent: true,
        })),
      ]),
      { text: delta({}, calls.length > 0 ? 'tool_calls' : FINISH[finish]), isContent: false },
      { text: chunk([], { usage: { ...total, ...cached } }), isContent: false },
      { text: 'data: [DONE]\n\n', isContent: false },
    ];
  },
  errorFrame: `data: ${JSON.stringify({ error: { message: 'The server had an error', type: 'server_error', code: null, param: null } })}\n\n`,
  refusal: ({ code = 'error', message = 'refused' }) => ({
    error: { message, type: code, code, param: null },
  }),
};

export function hasText(answer: Says): boolean {
  return (answer.text ?? []).length > 0;
}
