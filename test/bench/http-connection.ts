import { once } from 'node:events';
import { connect } from 'node:net';

export type HttpAnswer = {
  status: number;
  /** Of a stream only its last bytes. */
  body: string;
  bytes: number;
  /** When the first byte of the body came and when its last, by `performance.now()`. */
  firstAt: number;
  endAt: number;
};

/** One connection that is kept open, and carries one request at a time. */
export type HttpConnection = {
  /** Resolves when the answer is whole. `onBody` is told of each piece of it; then only its end is kept. */
  ask(method: string, path: string, body?: unknown, onBody?: (piece: Buffer) => void): Promise<HttpAnswer>;
  close(): void;
};

/** Enough of a stream to see its last event. */
const TAIL = 1_024;
const CHUNKED_END = Buffer.from('\r\n0\r\n\r\n');

/**
 * A client of HTTP that does next to nothing, so that a bench measures the server: it knows answers with a length and
 * chunked ones, whose chunks it does not take apart.
 */
export async function openConnection(url: string, key: string): Promise<HttpConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).setNoDelay(true);
  await once(socket, 'connect');
  const shared = `Host: ${hostname}:${port}\r\nx-api-key: ${key}\r\n`;
  let take: (bytes: Buffer) => void = () => {};
  let fail: (error: Error) => void = () => {};
  socket.on('data', (bytes) => take(bytes));
  socket.on('error', (error) => fail(error));
  socket.on('close', () => fail(new Error('the connection was closed before the answer was whole')));

  return {
    ask(method, path, body, onBody) {
      const text = body === undefined ? '' : JSON.stringify(body);
      const type =
        text === '' ? '' : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n`;
      socket.write(`${method} ${path} HTTP/1.1\r\n${shared}${type}\r\n${text}`);
      return new Promise((resolve, reject) => {
        fail = reject;
        take = answerReader(onBody, resolve);
      });
    },
    close: () => void socket.destroy(),
  };
}

function answerReader(
  onBody: ((piece: Buffer) => void) | undefined,
  done: (answer: HttpAnswer) => void,
): (bytes: Buffer) => void {
  let head: Buffer | null = Buffer.alloc(0);
  let status = 0;
  let length: number | null = null;
  let kept = Buffer.alloc(0);
  let bytes = 0;
  let firstAt = Number.NaN;

  function takeBody(piece: Buffer): void {
    if (piece.length > 0) {
      if (bytes === 0) firstAt = performance.now();
      bytes += piece.length;
      kept = Buffer.concat(onBody === undefined ? [kept, piece] : [kept.subarray(-TAIL), piece]);
      onBody?.(piece);
    }
    const isWhole =
      length === null ? kept.subarray(-CHUNKED_END.length).equals(CHUNKED_END) : bytes >= length;
    if (isWhole) done({ status, body: kept.toString(), bytes, firstAt, endAt: performance.now() });
  }

  return (piece) => {
    if (head === null) return takeBody(piece);
    head = Buffer.concat([head, piece]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    const text = head.subarray(0, end).toString('latin1');
    status = Number(text.slice(9, 12));
    const given = /^content-length: (\d+)/im.exec(text)?.[1];
    length = given === undefined ? null : Number(given);
    const rest = head.subarray(end + 4);
    head = null;
    takeBody(rest);
  };
}
