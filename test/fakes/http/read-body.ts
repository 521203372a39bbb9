import type { IncomingMessage } from 'node:http';

/** The whole body as UTF-8. Rejects when the peer goes away before its end. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
