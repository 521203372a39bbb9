import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ThreadrelayError } from '../../../src/core/errors.ts';
import type { ModelRequest } from '../../../src/core/ports.ts';
import { type Answer, type ModelVendor, startModelVendor } from '../../fakes/model-vendor/index.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { HELLO, hear, hostedModel } from '../../fixtures/hosted-models.ts';

let vendor: ModelVendor;
beforeAll(async () => {
  vendor = await startModelVendor();
});
afterAll(() => vendor.close());

const says = (more: Partial<Extract<Answer, { kind: 'says' }>>): Answer => ({ kind: 'says', ...more });
const add = {
  name: 'add',
  description: 'Adds.',
  inputSchema: { type: 'object', properties: { a: { type: 'number' } } },
};

let count = 0;

describe.each(['openai', 'anthropic', 'other'])('%s', (provider) => {
  /** A model of its own for each test, so that answers do not mix. */
  const newModel = () => `${provider}/m${(count += 1)}`;
  const will = (model: string, ...answers: Answer[]) => vendor.will(model.split('/')[1] ?? '', ...answers);
  const asked = (model: string) =>
    vendor.requests.filter(({ body }) => `${provider}/${String(body['model'])}` === model);

  test('an answer comes in pieces, with what was used and by which model', async () => {
    const model = newModel();
    will(model, says({ text: ['It ', 'is ', 'so.'], usage: { input: 30, output: 4, cached: 20 } }));
    const { events, error } = await hear(hostedModel(vendor, model));
    expect(error).toBeNull();
    expect(events).toEqual([
      { type: 'text', delta: 'It ' },
      { type: 'text', delta: 'is ' },
      { type: 'text', delta: 'so.' },
      { type: 'usage', usage: { inputTokens: 30, outputTokens: 4, cachedTokens: 20 }, model },
      { type: 'finish', reason: 'stop' },
    ]);
  });

  test('calls that come in pieces are whole, and their results are taken with the next call', async () => {
    const model = newModel();
    const calls = [
      { id: 'c1', name: 'add', args: { a: 1, text: 'a long text' } },
      { id: 'c2', name: 'add', args: {} },
    ];
    will(model, says({ text: ['Wait.'], calls }), says({ text: ['Done.'] }));
    const hosted = hostedModel(vendor, model);
    const first = await hear(hosted, { ...HELLO, tools: [add] });
    const made = first.events.filter(({ type }) => type === 'tool_call');
    expect(made).toEqual(calls.map((call) => ({ type: 'tool_call', ...call })));
    expect(first.events.at(-1)).toEqual({ type: 'finish', reason: 'tool_calls' });
    const messages: ModelRequest['messages'] = [
      ...HELLO.messages,
      { role: 'ai', text: 'Wait.', toolCalls: calls },
      { role: 'tool', text: '{"sum":1}', toolCallId: 'c1' },
      { role: 'tool', text: 'nothing to add', toolCallId: 'c2' },
    ];
    const second = await hear(hosted, { ...HELLO, messages, tools: [add] });
    expect(second).toMatchObject({ text: 'Done.', error: null });
    const third = await hear(hosted, { ...HELLO, messages, tools: [] });
    expect(third.error).toBeNull();
    expect(JSON.stringify(asked(model)[1]?.body)).toContain('nothing to add');
  });

  test('a conversation that is cut anywhere is one that the provider takes', async () => {
    const model = newModel();
    const call = { id: 'c1', name: 'add', args: {} };
    const messages: ModelRequest['messages'] = [
      { role: 'tool', text: 'of a call that was cut off', toolCallId: 'c0' },
      { role: 'ai', text: 'I spoke first.' },
      { role: 'system', text: 'The ticket is urgent.' },
      { role: 'human', text: '' },
      { role: 'ai', text: '', toolCalls: [call, { ...call, id: 'never-answered' }] },
      { role: 'tool', text: 'yes', toolCallId: 'c1' },
      { role: 'human', text: 'So?', speaker: 'Ada' },
      {
        role: 'human',
        text: 'Yes, so?',
        images: [{ mediaType: 'image/png', data: new Uint8Array([1, 2, 3]) }],
      },
    ];
    const { error, text } = await hear(hostedModel(vendor, model), { ...HELLO, messages, tools: [add] });
    expect({ error, text }).toMatchObject({ error: null, text: expect.stringContaining('Hello') });
    const sent = JSON.stringify(asked(model)[0]?.body);
    expect(sent).toContain('The ticket is urgent.');
    expect(sent).toContain('[Ada] So?');
    expect(sent).toContain('AQID');
    expect(sent).not.toContain('never-answered');
  });

  test('a model that does not see is sent no pictures', async () => {
    const model = newModel();
    const images = [{ mediaType: 'image/png', data: new Uint8Array([1, 2, 3]) }];
    await hear(hostedModel(vendor, `{ use: ${model}, sees: false }`), {
      ...HELLO,
      messages: [{ role: 'human', text: 'see?', images }],
    });
    expect(JSON.stringify(asked(model)[0]?.body)).not.toContain('AQID');
  });

  test.each<[string, Answer]>([
    ['a limit of requests', { kind: 'refuses', status: 429, headers: { 'retry-after': '1' } }],
    ['an error of the server', { kind: 'refuses', status: 500 }],
    ['an overload', { kind: 'refuses', status: 529, code: 'overloaded_error' }],
    ['a connection cut before the first word', says({ text: ['x'], breaks: { after: 0, by: 'cut' } })],
    ['a stream that ends before the first word', says({ text: ['x'], breaks: { after: 0, by: 'end' } })],
    ['a frame that is no JSON', says({ text: ['x'], breaks: { after: 0, by: 'malformed' } })],
    ['an error in the stream', says({ text: ['x'], breaks: { after: 0, by: 'error' } })],
    ['calls cut in the middle', says({ calls: [{ id: 'c', name: 'add' }], breaks: { after: 1, by: 'cut' } })],
    ['a call that is no JSON', says({ calls: [{ id: 'c', name: 'add', rawArguments: '[1' }] })],
    ['an empty answer', says({})],
  ])('%s is not seen: the model is asked again', async (_name, answer) => {
    const model = newModel();
    will(model, answer, says({ text: ['Here.'] }));
    const { text, error } = await hear(hostedModel(vendor, model), { ...HELLO, tools: [add] });
    expect({ text, error }).toEqual({ text: 'Here.', error: null });
    expect(asked(model)).toHaveLength(2);
  });

  test('where the model does not begin, a fallback answers, and goes on answering in this run', async () => {
    const [model, other] = [newModel(), newModel()];
    will(model, { kind: 'silent' });
    const hosted = hostedModel(vendor, `{ use: ${model}, fallbacks: [${other}], first_token_ms: 60 }`);
    const { text, events } = await hear(hosted);
    expect(text).toBe(`Hello from ${other.split('/')[1]}.`);
    expect(events.find(({ type }) => type === 'usage')).toMatchObject({ model: other });
    await hear(hosted);
    expect([asked(model).length, asked(other).length]).toEqual([1, 2]);
    await eventually(() => Promise.resolve(vendor.held() === 0), 'the silent connection is given up');
  });

  test.each<[string, Extract<Answer, { kind: 'says' }>['breaks']]>([
    ['is cut', { after: 2, by: 'cut' }],
    ['just ends', { after: 2, by: 'end' }],
    ['stalls', { after: 2, by: 'stall' }],
    ['breaks', { after: 2, by: 'malformed' }],
    ['fails', { after: 2, by: 'error' }],
  ])(
    'an answer that %s after its first words fails honestly: no other is mixed into it',
    async (_name, breaks) => {
      const [model, other] = [newModel(), newModel()];
      will(model, says({ text: ['One ', 'two ', 'three.'], ...(breaks && { breaks }) }));
      const config = `{ use: ${model}, fallbacks: [${other}], stall_ms: 60 }`;
      const { text, error } = await hear(hostedModel(vendor, config));
      expect(text).toBe('One two ');
      expect(error).toMatchObject({ code: 'model_failed', retryable: true });
      expect([asked(model).length, asked(other).length]).toEqual([1, 0]);
    },
  );

  test('a key that is not accepted is told without the key', async () => {
    const model = newModel();
    const key = 'sk-wrong-0123456789';
    const told: unknown[] = [];
    const logger = { debug() {}, info() {}, warn: (fields: unknown) => void told.push(fields), error() {} };
    const { error } = await hear(hostedModel(vendor, model, { key, logger }));
    expect(error).toMatchObject({ code: 'model_failed', retryable: false });
    expect((error as ThreadrelayError).message).toContain('did not accept the key');
    expect(JSON.stringify([told, error, (error as ThreadrelayError).cause ?? null])).not.toContain(key);
    expect(told).toHaveLength(1);
  });

  test('an answer that is stopped ends without an error, and its connection with it', async () => {
    const model = newModel();
    will(model, says({ text: ['One ', 'two.'], breaks: { after: 1, by: 'stall' } }));
    const stop = new AbortController();
    const stream = hostedModel(vendor, model).stream(HELLO, stop.signal);
    const heard: string[] = [];
    for await (const event of stream) {
      if (event.type === 'text') heard.push(event.delta);
      stop.abort();
    }
    expect(heard).toEqual(['One ']);
    await eventually(() => Promise.resolve(vendor.held() === 0), 'the connection is closed');
  });
});

test('what a provider of ones own is sent: key, headers, and no store of OpenAI', async () => {
  await hear(hostedModel(vendor, '{ use: other/mine, temperature: 0.2, max_output_tokens: 77 }'));
  const request = vendor.requests.find(({ body }) => body['model'] === 'mine');
  expect(request).toMatchObject({
    path: '/v1/chat/completions',
    headers: { 'x-team': 'support', authorization: `Bearer ${vendor.key}` },
    body: { temperature: 0.2, max_tokens: 77, stream: true },
  });
});

test('an answer that the filter withheld is asked of nobody else', async () => {
  vendor.will('guarded', { kind: 'says', finish: 'filter' });
  const { error } = await hear(hostedModel(vendor, '{ use: other/guarded, fallbacks: [other/unguarded] }'));
  expect(error).toMatchObject({ code: 'model_failed', retryable: false });
  expect(vendor.requests.some(({ body }) => body['model'] === 'unguarded')).toBe(false);
});

test('a key never follows a redirect', async () => {
  const elsewhere = await startModelVendor();
  const location = elsewhere.url.replace('/v1', '/v1/messages');
  const moved: Answer = { kind: 'refuses', status: 307, headers: { location } };
  vendor.will('moved', moved, moved, moved);
  const { error } = await hear(hostedModel(vendor, 'anthropic/moved'));
  expect(error).toMatchObject({ code: 'model_failed' });
  expect(elsewhere.requests).toEqual([]);
  await elsewhere.close();
});
