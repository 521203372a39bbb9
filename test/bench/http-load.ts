import { type HttpConnection, openConnection } from './http-connection.ts';

/** Of one run: from its request until the first event of its stream, and until the stream's end. */
type HttpRunTimes = { firstEventMs: number; endMs: number };

export type HttpLoad = { times: HttpRunTimes[]; perSecond: number };

export async function makeThread(connection: HttpConnection, assistant: string): Promise<string> {
  const { status, body } = await connection.ask('POST', '/threads', { assistant_id: assistant });
  if (status !== 201) throw new Error(`no thread was made: ${status} ${body}`);
  return JSON.parse(body).thread_id;
}

export function question(assistant: string) {
  return { assistant_id: assistant, input: { messages: [{ type: 'human', content: 'hello' }] } };
}

/** Makes a thread, starts a run on it, and reads its stream to the end. */
async function timeHttpRun(connection: HttpConnection, assistant: string): Promise<HttpRunTimes> {
  const threadId = await makeThread(connection, assistant);
  const startedAt = performance.now();
  const stream = await connection.ask(
    'POST',
    `/threads/${threadId}/runs/stream`,
    question(assistant),
    // Its pieces are read as they come, and nothing else is done with them.
    () => {},
  );
  if (!/event: end\ndata: \{[^\n]*"status":"success"/.test(stream.body)) {
    throw new Error(`a stream ended otherwise: ${stream.status} ${stream.body}`);
  }
  return { firstEventMs: stream.firstAt - startedAt, endMs: stream.endAt - startedAt };
}

/** Keeps `atOnce` clients busy, each with a connection of its own, until `count` runs have ended. */
export async function timeHttpRuns(
  door: { url: string; key: string },
  assistant: string,
  atOnce: number,
  count: number,
): Promise<HttpLoad> {
  const connections = await Promise.all(
    Array.from({ length: atOnce }, () => openConnection(door.url, door.key)),
  );
  const times: HttpRunTimes[] = [];
  let left = count;
  const startedAt = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      for (; left > 0; ) {
        left -= 1;
        times.push(await timeHttpRun(connection, assistant));
      }
    }),
  );
  const perSecond = times.length / ((performance.now() - startedAt) / 1_000);
  for (const connection of connections) connection.close();
  return { times, perSecond };
}
