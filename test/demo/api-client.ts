import { z } from 'zod';
import { DemoFailure } from './demo-failure.ts';
import { readEvents, type ServerSentEvent } from './server-sent-events.ts';

const Message = z.object({ id: z.string(), type: z.string(), content: z.string() });
/** What is read of a thread's state. */
export const Values = z.object({ messages: z.array(Message) });
const Thread = z.object({
  thread_id: z.string(),
  assistant_id: z.string(),
  name: z.string().nullable(),
  status: z.string(),
  metadata: z.record(z.string(), z.unknown()),
  origin: z.object({ platform: z.string() }).nullable(),
});
const State = z.object({
  values: Values,
  created_at: z.string().nullable(),
  checkpoint: z.object({ checkpoint_id: z.string() }),
});

export type ListedThread = z.infer<typeof Thread>;
export type ThreadState = z.infer<typeof State>;

/** What the last frame of values, and those of the answer's pieces, came to. */
export type StreamedRun = {
  runId: string;
  status: string;
  events: number;
  /** The pieces, one after the other. */
  pieces: string;
  /** The last message of the final state. */
  final: { id: string; content: string };
};

/** A program that talks to the service over HTTP alone, with one key. */
export function apiClient(url: string, key: string, signal: AbortSignal) {
  async function ask(path: string, body?: unknown): Promise<Response> {
    const response = await fetch(`${url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'x-api-key': key, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    });
    if (!response.ok) throw new DemoFailure(`${path} answered ${response.status}: ${await response.text()}`);
    return response;
  }

  return {
    async threads(): Promise<ListedThread[]> {
      return z.object({ threads: z.array(Thread) }).parse(await (await ask('/threads/')).json()).threads;
    },
    async state(threadId: string): Promise<ThreadState> {
      return State.parse(await (await ask(`/threads/${threadId}/state`)).json());
    },
    /** Newest first. */
    async history(threadId: string): Promise<ThreadState[]> {
      return z.array(State).parse(await (await ask(`/threads/${threadId}/history?limit=100`)).json());
    },
    /** Asks in a thread and follows the answer to its end. */
    async streamRun(
      body: { thread_id: string; assistant_id: string; input: unknown },
      onEvent: (event: ServerSentEvent) => void,
    ): Promise<StreamedRun> {
      const run = { runId: '', status: 'unended', events: 0, pieces: '', final: { id: '', content: '' } };
      for await (const event of readEvents(await ask('/runs/stream', body))) {
        run.events += 1;
        onEvent(event);
        if (event.event === 'metadata') run.runId = z.object({ run_id: z.string() }).parse(event.data).run_id;
        if (event.event === 'messages') run.pieces += pieceOf(event.data);
        if (event.event === 'values') run.final = Values.parse(event.data).messages.at(-1) ?? run.final;
        if (event.event === 'end') run.status = z.object({ status: z.string() }).parse(event.data).status;
      }
      return run;
    },
  };
}

/** The new words in a frame of the mode `messages-tuple`. */
export function pieceOf(data: unknown): string {
  return z.tuple([z.object({ content: z.string() }), z.unknown()]).parse(data)[0].content;
}
