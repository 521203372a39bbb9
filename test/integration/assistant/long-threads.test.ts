import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { summariseBySentences } from '../../../src/assistant/prompt/summarise.ts';
import { countReads } from './count-reads.ts';
import { chatter, startLongThreads } from './long-thread.ts';

vi.setConfig({ testTimeout: 30_000 });

let house: Awaited<ReturnType<typeof startLongThreads>>;
beforeAll(async () => {
  house = await startLongThreads();
});
afterAll(() => house.close());

/** A thread of that many messages whose beginning is in its summary. */
async function summarised(count: number) {
  const thread = randomUUID();
  const { threadId } = await house.ask(thread, 'Our contract is number 4711.');
  const said = chatter(count);
  await house.fill(threadId, said);
  await house.ask(thread);
  const summary = await house.stores.longThreads.summary(threadId);
  if (summary === null) throw new Error('there is no summary');
  return { thread, threadId, said, summary };
}

test('a thread that fits is sent whole, and keeps no summary', async () => {
  const thread = randomUUID();
  await house.ask(thread, 'first');
  const { prompt, threadId } = await house.ask(thread, 'second');

  expect(prompt.messages.map(({ text }) => text)).toEqual(['first', 'You said: first', 'second']);
  expect(prompt.instructions).toBe('');
  expect(await house.stores.longThreads.summary(threadId)).toBeNull();
});

test('what is older than the window is told by a summary, and the first message stays as it is', async () => {
  const { thread, summary } = await summarised(240);

  const { prompt } = await house.ask(thread);

  expect(summary).toMatchObject({ upToSeq: 163, messages: 163, model: null });
  expect(prompt.messages[0]?.text).toBe('Our contract is number 4711.');
  expect(prompt.messages[1]?.text).toContain('Fact 162:');
  expect(prompt.instructions).toMatch(/The first 163 messages .* not instructions/);
  expect(prompt.instructions).toContain('- [Ada] Fact 1: the server answers in rack 1.');
  expect(prompt.instructions).not.toContain('Nothing else is known');
  expect(prompt.instructions).not.toContain('are not shown');
  expect(prompt.fitting).toMatchObject({ summaryUpToSeq: 163, leftOut: 0 });
});

test('the summary is extended by batches of what left the window, not made anew for each message', async () => {
  const { thread, threadId, summary } = await summarised(240);
  const tasks: number[] = [];
  house.summariseBy(async (task, signal) => {
    tasks.push(task.messages.length);
    expect(task.text).toContain('Fact 1:');
    return summariseBySentences(task, signal);
  });

  for (let turn = 0; turn < 3; turn += 1) await house.ask(thread);
  expect(tasks).toEqual([]);
  await house.fill(threadId, chatter(80, 1_000));
  await house.ask(thread);
  house.summariseBy(summariseBySentences);

  expect(tasks).toHaveLength(1);
  const extended = await house.stores.longThreads.summary(threadId);
  expect(extended?.upToSeq).toBeGreaterThan(summary.upToSeq + 70);
  expect(extended?.messages).toBe(summary.messages + (tasks[0] ?? 0));
});

test('a summary that fails costs no answer: older messages are left out, and the next run tries again', async () => {
  const thread = randomUUID();
  const { threadId } = await house.ask(thread, 'first');
  await house.fill(threadId, chatter(240));
  house.summariseBy(async () => {
    throw new Error('the model is away');
  });

  const { prompt } = await house.ask(thread);
  house.summariseBy(summariseBySentences);
  expect(prompt.instructions).toContain('Some older messages of this conversation are not shown.');
  expect(await house.stores.longThreads.summary(threadId)).toMatchObject({ upToSeq: 0, text: '' });

  await house.ask(thread);
  expect(await house.stores.longThreads.summary(threadId)).toMatchObject({ upToSeq: 165 });
});

test('pinned messages are sent however old they are', async () => {
  const thread = randomUUID();
  const { threadId } = await house.ask(thread, 'first');
  const said = chatter(300);
  await house.fill(threadId, said);
  const pinned = [said[20]?.id, said[40]?.id];
  await house.stores.threads.setMetadata(threadId, { pinned });

  const { prompt } = await house.ask(thread);

  const [first, second, third] = prompt.messages.map(({ text }) => text);
  expect([first, second?.slice(0, 8), third?.slice(0, 8)]).toEqual(['first', 'Fact 21:', 'Fact 41:']);
});

test.each(['erased', 'edited'])(
  'a summary forgets a message that is %s, and is made anew of what is left',
  async (how) => {
    const { thread, threadId, said } = await summarised(240);
    const target = said[9]?.id ?? '';
    const { longThreads, messages } = house.stores;

    if (how === 'erased') await messages.redact(threadId, [target], new Date());
    else await messages.revise(threadId, target, 'Fact ten is withdrawn.', new Date());

    expect(await longThreads.summary(threadId)).toMatchObject({ upToSeq: 0, text: '', messages: 0 });
    const { prompt } = await house.ask(thread);
    expect(JSON.stringify(prompt)).not.toContain('Fact 10:');
    const anew = await longThreads.summary(threadId);
    expect(anew?.text).toContain('Fact 9:');
    expect(anew?.text).not.toContain('Fact 10:');
  },
);

test('an edit of a message that the summary does not stand for leaves it as it is', async () => {
  const { threadId, said, summary } = await summarised(240);

  await house.stores.messages.revise(threadId, said[230]?.id ?? '', 'Another fact.', new Date());

  expect(await house.stores.longThreads.summary(threadId)).toEqual({
    ...summary,
    generation: summary.generation + 1,
  });
});

test('a summary that is being made while a message of it is erased is not kept', async () => {
  const thread = randomUUID();
  const { threadId } = await house.ask(thread, 'first');
  const said = chatter(240);
  await house.fill(threadId, said);
  house.summariseBy(async (task, signal) => {
    await house.stores.messages.redact(threadId, [said[9]?.id ?? ''], new Date());
    return summariseBySentences(task, signal);
  });

  await house.ask(thread);
  house.summariseBy(summariseBySentences);

  expect(await house.stores.longThreads.summary(threadId)).toMatchObject({ upToSeq: 0, text: '' });
});

test('a deleted thread takes its summary with it, also one that is being made', async () => {
  const { threadId } = await summarised(240);
  const { longThreads, threads } = house.stores;
  const begun = await longThreads.beginSummary(threadId);

  await threads.delete(threadId);

  if (begun === null) throw new Error('there is no summary');
  expect(await longThreads.saveSummary({ ...begun, text: 'late' })).toBe(false);
  expect(await longThreads.beginSummary(threadId)).toBeNull();
  expect(await house.engine.database.models.summaries.countDocuments({ _id: threadId })).toBe(0);
});

test('two people in a thread are told apart', async () => {
  const thread = randomUUID();
  await house.ask(thread, 'I like tea.');
  const { prompt } = await house.ask(thread, 'I like coffee.', { id: 'U2', name: 'Bob' });

  expect(prompt.messages.map(({ speaker }) => speaker)).toEqual(['Ada', undefined, 'Bob']);
});

test('a run in a thread of 10,000 messages sends as many commands and reads as many documents as in one of 700', async () => {
  const costOf = async (count: number) => {
    const { thread } = await summarised(count);
    const reads = countReads(house.engine.database);
    await house.ask(thread);
    return reads.stop();
  };

  const short = await costOf(700);
  const long = await costOf(10_000);

  expect(long.commands).toEqual(short.commands);
  expect(long.documents).toBeLessThanOrEqual(short.documents + 2);
});
