import { connect } from 'node:net';

export type RawAnswer = { status: number; headers: ReadonlyMap<string, string>; body: string };

/** `closed`: the connection was closed without an answer. `silent`: nothing was answered in time. */
export type Outcome = RawAnswer | 'closed' | 'silent';

/**
 * Sends bytes on a connection of their own and reads the answer. Of a stream of events the head is read, and then the
 * connection is cut.
 */
export function exchange(port: number, request: Buffer, timeoutMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1');
    const finish = (outcome: Outcome) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => finish('silent'), timeoutMs);
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      const answer = readAnswer(Buffer.concat(chunks), false);
      if (answer !== null) finish(answer);
    });
    socket.on('close', () => finish(readAnswer(Buffer.concat(chunks), true) ?? 'closed'));
    // The reset of a request that was refused before its end was read ends in `close` too.
    socket.on('error', () => {});
    socket.write(request);
  });
}

/** Null while the answer is not whole. */
function readAnswer(bytes: Buffer, isClosed: boolean): RawAnswer | null {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const [statusLine = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const status = Number(statusLine.split(' ')[1]);
  const rest = bytes.subarray(end + 4);
  if (status === 100) return readAnswer(rest, isClosed);
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const isStream = headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (isStream || status === 204) return { status, headers, body: '' };
  if (headers.get('transfer-encoding') === 'chunked') {
    const body = dechunk(rest);
    return body === null ? null : { status, headers, body };
  }
  const length = Number(headers.get('content-length') ?? Number.NaN);
  if (Number.isNaN(length) ? !isClosed : rest.length < length) return null;
  return { status, headers, body: rest.subarray(0, Number.isNaN(length) ? undefined : length).toString() };
}

/** Null while the last chunk has not come. */
function dechunk(bytes: Buffer): string | null {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return null;
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16);
    if (size === 0) return Buffer.concat(parts).toString();
    const begin = lineEnd + 2;
    if (bytes.length < begin + size + 2) return null;
    parts.push(bytes.subarray(begin, begin + size));
    at = begin + size + 2;
  }
}
