import { setImmediate as turn } from 'node:timers/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { startLoopbackServer } from '../http/loopback-server.ts';
import { readBody } from '../http/read-body.ts';
import { anthropicMessages } from './anthropic-messages.ts';
import type { Answer, Protocol, Refuses, Says, VendorRequest } from './answer.ts';
import { embed, type Embedded } from './embeddings.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiResponses } from './openai-responses.ts';

export type ModelVendor = {
  /** Base URL of OpenAI's protocols and of Anthropic's, `http://127.0.0.1:4711/v1`. */
  url: string;
  /** The one key that it accepts. */
  key: string;
  /** What a model does with the next requests, one each; after them it says "Hello from MODEL." */
  will(model: string, ...answers: Answer[]): void;
  /** From now on each request for the model is answered so, until it is told null. */
  always(model: string, answer: Answer | null): void;
  /** All that came, refused ones too. */
  requests: VendorRequest[];
  /** Connections that it keeps open without a word. */
  held(): number;
  close(): Promise<void>;
};

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  '/v1/chat/completions': openaiChat,
  '/v1/responses': openaiResponses,
  '/v1/messages': anthropicMessages,
};

/** Of what embedding models are told to answer, only refusals and silence are heeded. */
const EMBEDDINGS = '/v1/embeddings';

const NOT_FOUND: Refuses = { kind: 'refuses', status: 404 };
const BAD_KEY: Refuses = { kind: 'refuses', status: 401, code: 'authentication_error' };

/** A vendor of models on loopback: it speaks what OpenAI and Anthropic speak, and refuses what they refuse. */
export async function startModelVendor(key = 'sk-vendor-0123456789abcdef'): Promise<ModelVendor> {
  const queues = new Map<string, Answer[]>();
  const habits = new Map<string, Answer>();
  const requests: VendorRequest[] = [];
  const held = new Set<ServerResponse>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const protocol = PROTOCOLS[path];
    const body: Record<string, unknown> = JSON.parse((await readBody(request)) || '{}');
    requests.push({ path, headers: request.headers, body });
    const isList = path === '/v1/models' && request.method === 'GET';
    const isEmbedding = path === EMBEDDINGS && request.method === 'POST';
    if (protocol === undefined && !isList && !isEmbedding) return refuse(response, openaiChat, NOT_FOUND);
    const given = keyOf(request);
    if (given !== key) {
      const message = `Incorrect API key provided: ${String(given)}`;
      return refuse(response, protocol ?? openaiChat, { ...BAD_KEY, message });
    }
    const fault = protocol?.fault(body) ?? null;
    if (protocol !== undefined && fault !== null)
      return refuse(response, protocol, {
        kind: 'refuses',
        status: 400,
        code: 'invalid_request_error',
        message: fault,
      });
    const model = String(body['model']);
    const told = habits.get(model) ?? queues.get(model)?.shift();
    if (told?.kind === 'silent') return hold(response);
    if (isEmbedding) return sendVectors(response, model, told?.kind === 'refuses' ? told : embed(body));
    if (protocol === undefined) {
      response.writeHead(200, { 'content-type': 'application/json' });
      return void response.end(JSON.stringify({ data: [] }));
    }
    const next = told ?? { kind: 'says', text: ['Hello ', `from ${model}.`] };
    if (next.kind === 'refuses') return refuse(response, protocol, next);
    await say(response, protocol, next, model);
  }

  async function say(response: ServerResponse, protocol: Protocol, says: Says, model: string): Promise<void> {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let content = 0;
    for (const frame of protocol.frames(says, model)) {
      if (says.breaks !== undefined && frame.isContent && content === says.breaks.after) {
        switch (says.breaks.by) {
          case 'cut':
            // What was written before is to arrive.
            await turn();
            return void response.destroy();
          case 'end':
            return void response.end();
          case 'stall':
            return hold(response);
          case 'malformed':
            return void response.end('data: {"id": "oops", \n\n');
          case 'error':
            return void response.end(protocol.errorFrame);
        }
      }
      content += frame.isContent ? 1 : 0;
      response.write(frame.text);
      // One frame a packet, as far as the machine allows it.
      await turn();
    }
    response.end();
  }

  function hold(response: ServerResponse): void {
    held.add(response);
    response.on('close', () => held.delete(response));
  }

  const server = await startLoopbackServer({
    port: 0,
    onRequest: (request, response) => void answer(request, response).catch(() => response.destroy()),
    onUpgrade: (_request, socket) => socket.destroy(),
  });
  return {
    url: `${server.origin}/v1`,
    key,
    always: (model, answer) => void (answer === null ? habits.delete(model) : habits.set(model, answer)),
    will: (model, ...answers) => void queues.set(model, [...(queues.get(model) ?? []), ...answers]),
    requests,
    held: () => held.size,
    close: () => server.close(),
  };
}

function keyOf({ headers: { authorization, 'x-api-key': own } }: IncomingMessage) {
  return own ?? authorization?.replace(/^Bearer /, '');
}

function sendVectors(response: ServerResponse, model: string, embedded: Embedded | Refuses): void {
  if ('kind' in embedded) return refuse(response, openaiChat, embedded);
  const data = embedded.vectors.map((embedding, index) => ({ object: 'embedding', index, embedding }));
  const usage = { prompt_tokens: embedded.tokens, total_tokens: embedded.tokens };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ object: 'list', data, model, usage }));
}

function refuse(response: ServerResponse, protocol: Protocol, refusal: Refuses): void {
  response.writeHead(refusal.status, { 'content-type': 'application/json', ...refusal.headers });
  response.end(JSON.stringify(protocol.refusal(refusal)));
}
