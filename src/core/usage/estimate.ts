import type { ModelRequest } from '../ports.ts';
import { mostTokens } from './most-tokens.ts';

/** What a provider's template adds to each message and to each tool, at most. */
const TOKENS_A_PART = 32;
/** What a provider adds to a request with tools, and at most counts for a picture. */
const TOKENS_OF_TOOLS = 1_024;
const TOKENS_OF_AN_IMAGE = 8_192;
/** English has about four bytes in a token, other languages and code fewer. */
const BYTES_A_TOKEN = 3;

/** What a model reads of a request, pictures aside, text by text. */
function* textsOf({ instructions, messages, tools }: ModelRequest): Generator<string> {
  yield instructions;
  for (const { text, toolCalls = [], author, speaker = '', attachments = [] } of messages) {
    yield text;
    yield speaker;
    if (author !== undefined) yield `${author.name ?? ''} ${author.id}`;
    for (const each of [...toolCalls, ...attachments]) yield JSON.stringify(each);
  }
  for (const tool of tools) yield JSON.stringify(tool);
}

/** The bytes of a request's text in UTF-8. Pure. */
export function bytesOf(request: ModelRequest): number {
  return [...textsOf(request)].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

/** More tokens than any model counts for the request. Pure. */
export function mostInputTokens(request: ModelRequest): number {
  const { messages, tools } = request;
  const texts = [...textsOf(request)];
  const images = messages.reduce((sum, message) => sum + (message.images?.length ?? 0), 0);
  const calls = messages.reduce((sum, message) => sum + (message.toolCalls?.length ?? 0), 0);
  return (
    texts.reduce((sum, text) => sum + mostTokens(text), 0) +
    (messages.length + calls + tools.length + 1) * TOKENS_A_PART +
    (tools.length > 0 ? TOKENS_OF_TOOLS : 0) +
    images * TOKENS_OF_AN_IMAGE
  );
}

/** About how many tokens the text has. Pure. */
export function likelyTokens(bytes: number): number {
  return Math.ceil(bytes / BYTES_A_TOKEN);
}
