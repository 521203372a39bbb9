import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiService, startApiService } from '../../fixtures/api-service.ts';
import { type Frame, framesOf, refusedWith, says, sdkClient, textsOf } from './sdk-client.ts';
import { createScriptedWorkflow } from './scripted-workflow.ts';

const { workflow, letGo } = createScriptedWorkflow();
let api: ApiService;

beforeAll(async () => {
  api = await startApiService({ workflows: [workflow] });
});

afterAll(() => api.close());

type Modes = NonNullable<Parameters<typeof stream>[1]>;

async function stream(
  text: string,
  streamMode?: ('values' | 'messages' | 'messages-tuple' | 'updates' | 'tools' | 'custom')[],
) {
  const { threads, runs } = sdkClient(api);
  const { thread_id: threadId } = await threads.create();
  const created: { run_id: string; thread_id?: string }[] = [];
  const frames = await framesOf(
    runs.stream(threadId, 'support', {
      input: says(text),
      ...(streamMode === undefined ? {} : { streamMode }),
      onRunCreated: (ref) => created.push(ref),
    }),
  );
  const [{ run_id: runId } = { run_id: '' }] = created;
  return { threadId, runId, frames, created };
}

const kindsOf = (frames: Frame[]) => [...new Set(frames.map(({ event }) => event))];
const dataOf = (frames: Frame[], event: string) =>
  frames.filter((frame) => frame.event === event).map(({ data }) => data);

describe('a stream', () => {
  test('begins with metadata, ends with end, and tells its run as soon as it is there', async () => {
    const { threadId, runId, frames, created } = await stream('echo one two');

    expect(created).toEqual([{ run_id: runId, thread_id: threadId }]);
    expect(frames[0]).toMatchObject({ event: 'metadata', data: { run_id: runId, attempt: 1 } });
    expect(frames.at(-1)).toMatchObject({ event: 'end', data: { run_id: runId, status: 'success' } });
    expect(kindsOf(frames)).toEqual(['metadata', 'values', 'messages', 'end']);
    expect(new Set(frames.map(({ id }) => id)).size).toBe(frames.length);
  });

  test('of values tells the whole state before the answer and after it', async () => {
    const { threadId, frames } = await stream('echo one two', ['values']);

    const [before, after, ...more] = dataOf(frames, 'values') as { messages: never[] }[];

    expect(more).toEqual([]);
    expect(textsOf(before as never)).toEqual(['human: echo one two']);
    expect(textsOf(after as never)).toEqual(['human: echo one two', 'ai: You said: one two ']);
    expect((await sdkClient(api).threads.getState(threadId)).values).toEqual(after);
    expect(kindsOf(frames)).toEqual(['metadata', 'values', 'end']);
  });

  test('of messages-tuple tells chunks that make up the stored message, under its id', async () => {
    const { threadId, frames } = await stream('echo one two', ['messages-tuple']);

    const chunks = dataOf(frames, 'messages') as [{ id: string; content: string }, object][];

    const { values } = await sdkClient(api).threads.getState(threadId);
    const answer = values.messages.at(-1);
    expect(chunks.map(([chunk]) => chunk.content).join('')).toBe(answer?.content);
    expect(new Set(chunks.map(([chunk]) => chunk.id))).toEqual(new Set([answer?.id]));
    expect(chunks[0]?.[1]).toMatchObject({ langgraph_node: 'assistant', tags: [] });
  });

  test('of messages tells the message so far, and in the end whole', async () => {
    const { threadId, frames } = await stream('echo one two', ['messages']);

    const { values } = await sdkClient(api).threads.getState(threadId);
    const answer = values.messages.at(-1);
    expect(dataOf(frames, 'messages/metadata')).toEqual([
      { [answer?.id ?? '']: { metadata: expect.objectContaining({ langgraph_node: 'assistant' }) } },
    ]);
    const partial = dataOf(frames, 'messages/partial') as [{ content: string }][];
    for (const [message] of partial) expect(answer?.content.startsWith(message.content)).toBe(true);
    expect(partial.length).toBeGreaterThan(0);
    expect(dataOf(frames, 'messages/complete')).toEqual([[answer]]);
  });

  test('of updates tells what each part of the work added', async () => {
    const { frames } = await stream('work', ['updates']);

    const updates = dataOf(frames, 'updates') as Record<string, { messages: { type: string }[] }>[];

    expect(
      updates.map((update) =>
        Object.entries(update).map(([node, { messages }]) => [node, messages[0]?.type]),
      ),
    ).toEqual([
      [['assistant', 'ai']],
      [['tools', 'tool']],
      [['assistant', 'ai']],
      [['tools', 'tool']],
      [['assistant', 'ai']],
    ]);
  });

  test('of tools tells each call and what came of it', async () => {
    const { frames } = await stream('work', ['tools']);

    expect(dataOf(frames, 'tools')).toEqual([
      { event: 'on_tool_start', toolCallId: 'call-1', name: 'look_up', input: { order: 4711 } },
      { event: 'on_tool_end', toolCallId: 'call-1', name: 'look_up', output: { found: true } },
      { event: 'on_tool_start', toolCallId: 'call-2', name: 'ship', input: {} },
      { event: 'on_tool_error', toolCallId: 'call-2', name: 'ship', error: 'no ship today' },
    ]);
  });

  test('of custom tells what the workflow has to tell', async () => {
    const { frames } = await stream('work', ['custom']);

    expect(dataOf(frames, 'custom')).toEqual([{ name: 'progress', data: { share: 0.5 } }]);
    expect(kindsOf(frames)).toEqual(['metadata', 'custom', 'end']);
  });

  test('of several modes tells each frame of them once, in one order', async () => {
    const modes: Modes = ['values', 'messages', 'messages-tuple', 'updates', 'tools', 'custom'];

    const { threadId, runId, frames } = await stream('work', modes);

    const { runs } = sdkClient(api);
    for (const mode of modes) {
      const alone = await framesOf(runs.joinStream(threadId, runId, { streamMode: mode }));
      const ids = new Set(alone.map(({ id }) => id));
      expect(frames.filter(({ id }) => ids.has(id))).toEqual(alone);
    }
  });

  test('of a mode that does not exist here is refused, and starts nothing', async () => {
    const { threads, runs } = sdkClient(api);
    const { thread_id: id } = await threads.create();

    const asked = framesOf(runs.stream(id, 'support', { input: says('echo'), streamMode: 'debug' }));

    await expect(asked).rejects.toEqual(refusedWith(422));
    expect(await runs.list(id)).toEqual([]);
  });

  test('of a run that fails says why before its end', async () => {
    const { frames } = await stream('fail');

    expect(frames.slice(-2)).toMatchObject([
      {
        event: 'error',
        data: { error: 'workflow_failed', message: expect.stringContaining('oven is cold') },
      },
      { event: 'end', data: { status: 'error' } },
    ]);
  });

  test('whose reader goes away is continued, or its run is cancelled, as that reader wished', async () => {
    const { threads, runs } = sdkClient(api);
    for (const [onDisconnect, status] of [
      ['cancel', 'interrupted'],
      ['continue', 'success'],
    ] as const) {
      const { thread_id: id } = await threads.create();
      const away = new AbortController();
      let runId = '';

      const reading = framesOf(
        runs.stream(id, 'support', {
          input: says('hold'),
          onDisconnect,
          signal: away.signal,
          onRunCreated: (run) => {
            runId = run.run_id;
          },
        }),
        ({ event }) => event === 'messages' && away.abort(),
      );
      await reading.catch(() => undefined);
      if (onDisconnect === 'continue') letGo();
      await runs.join(id, runId);

      expect((await runs.get(id, runId)).status).toBe(status);
    }
  });
});

describe('joining', () => {
  test('a run that goes on, many readers see every frame that its first reader saw', async () => {
    const { threads, runs } = sdkClient(api);
    const { thread_id: id } = await threads.create();
    const others: Promise<Frame[]>[] = [];
    let runId = '';

    const frames = await framesOf(
      runs.stream(id, 'support', {
        input: says('count 60'),
        onRunCreated: (run) => {
          runId = run.run_id;
          others.push(framesOf(runs.joinStream(id, runId)));
        },
      }),
      (_, index) => {
        if (index % 3 === 0) others.push(framesOf(runs.joinStream(id, runId)));
      },
    );

    expect(others.length).toBeGreaterThan(3);
    for (const other of await Promise.all(others)) expect(other).toEqual(frames);
  });

  test('after any frame gives exactly what came after it, and -1 all of it', async () => {
    const { threadId, runId, frames } = await stream('work', [
      'values',
      'messages-tuple',
      'updates',
      'tools',
    ]);
    const { runs } = sdkClient(api);
    const join = (lastEventId: string) => framesOf(runs.joinStream(threadId, runId, { lastEventId }));

    expect(await join('-1')).toEqual(frames);
    for (const [index, { id = '' }] of frames.slice(0, -1).entries()) {
      expect(await join(id)).toEqual(frames.slice(index + 1));
    }
    expect(await join(frames.at(-1)?.id ?? '')).toEqual(frames.slice(-1));
    await expect(join('7-1')).rejects.toEqual(refusedWith(422));
  });

  test('waits for the end, and answers the state as the run left it', async () => {
    const { threads, runs } = sdkClient(api);
    const { thread_id: id } = await threads.create();
    const { run_id: runId } = await runs.create(id, 'support', { input: says('count 20') });

    const joined = await runs.join(id, runId);

    expect(textsOf(joined)).toHaveLength(2);
    expect(joined.messages.at(-1)?.content).toMatch(/^n1 .*n20 $/);
    expect(await runs.join(id, runId)).toEqual(joined);
  });

  test('a run whose stream is lost gives its outcome all the same', async () => {
    const { threadId, runId, frames } = await stream('echo one two');
    const { connections, keys } = api.queues;
    await connections.commands.del(keys.runEvents(runId));

    const joined = await framesOf(sdkClient(api).runs.joinStream(threadId, runId));

    expect(joined.at(-1)).toEqual(frames.at(-1));
    expect(dataOf(joined, 'values').at(-1)).toEqual(dataOf(frames, 'values').at(-1));
  });
});
