/** A comment, which keeps a connection alive. Without an empty line: the SDK would read an empty event from it. */
export const SSE_HEARTBEAT = ': heartbeat\n';

/** One event as it is sent. JSON has no line breaks, so `data` is always one line. */
export function serverSentEvent(id: string, event: string, data: unknown): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
