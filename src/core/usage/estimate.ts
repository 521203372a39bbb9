import type { ModelRequest } from '../ports.ts';

/** What a provider's template adds to each message and to each tool, at most. */
const TOKENS_A_PART = 32;
/** What a provider adds to a request with tools, and at most counts for a picture. */
const TOKENS_OF_TOOLS = 1_024;
const TOKENS_OF_AN_IMAGE = 8_192;
/** English has about four bytes in a token, other languages and code fewer. */
const BYTES_A_TOKEN = 3;

/** The bytes of a request's text in UTF-8. Pure. */
export function bytesOf({ instructions, messages, tools }: ModelRequest): number {
  let bytes = Buffer.byteLength(instructions);
  for (const { text, toolCalls = [], author, attachments = [] } of messages) {
    bytes += Buffer.byteLength(text);
    if (author !== undefined) bytes += Buffer.byteLength(`${author.name ?? ''}${author.id}`);
    for (const each of [...toolCalls, ...attachments]) bytes += Buffer.byteLength(JSON.stringify(each));
  }
  for (const tool of tools) bytes += Buffer.byteLength(JSON.stringify(tool));
  return bytes;
}

/**
 * More tokens than any model counts for the request: a token is a byte at least, in the vocabularies of all models that we
 * know. Pure.
 */
export function mostInputTokens(request: ModelRequest): number {
  const { messages, tools } = request;
  const images = messages.reduce((sum, message) => sum + (message.images?.length ?? 0), 0);
  const calls = messages.reduce((sum, message) => sum + (message.toolCalls?.length ?? 0), 0);
  return (
    bytesOf(request) +
    (messages.length + calls + tools.length + 1) * TOKENS_A_PART +
    (tools.length > 0 ? TOKENS_OF_TOOLS : 0) +
    images * TOKENS_OF_AN_IMAGE
  );
}

/** About how many tokens the text has. Pure. */
export function likelyTokens(bytes: number): number {
  return Math.ceil(bytes / BYTES_A_TOKEN);
}
