import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { searchThread } from '../../../src/assistant/tools/search-thread.ts';
import { createToolbox } from '../../../src/assistant/tools/toolbox.ts';
import type { Run } from '../../../src/core/runs/run.ts';
import { chatter, type Said } from '../assistant/long-thread.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { type Asked, openSlackRoom, type SlackRoom } from './slack-room.ts';

vi.setConfig({ testTimeout: 60_000 });

/** It looks for the number of a contract, whatever is asked. */
const CONFIG = `
assistants:
  support:
    tools: [search_thread]
    model:
      provider: scripted
      delay_ms: 0
      steps:
        - calls: [{ name: search_thread, args: { query: contract number, limit: 3 } }]
        - text: Done.
`;

let room: SlackRoom;
beforeAll(async () => {
  room = await openSlackRoom(CONFIG);
});
afterAll(() => room.close());

/** What the tool gave. */
function foundBy({ said }: Asked): unknown {
  const [result] = said.filter(({ role }) => role === 'tool');
  return JSON.parse(result?.text ?? 'null');
}

/** Adds what was said at another time. */
async function fill({ threadId }: Run, said: readonly Said[]): Promise<void> {
  const messages = said.map(({ id, text, role = 'human' }) => ({
    id,
    text,
    role,
    createdAt: new Date('2026-05-01T12:00:00Z'),
    ...(role === 'human' ? { author: { id: 'U2', name: 'Bea' } } : {}),
  }));
  const update = { messages, removed: [], values: {}, asNode: null };
  await room.service.stores.state.update(threadId, update, new Date());
}

const NOTHING = { found: [], note: 'Nothing was found. Try other words.' };

test('what was said long ago is found, though the model is not sent it any more', async () => {
  const { ts, run } = await room.ask('hello');
  const signed = { id: randomUUID(), text: 'We signed today. The contract number is K-4711.' };
  await fill(run, [...chatter(30), signed, ...chatter(300, 100)]);

  const asked = await room.ask('which number was it?', ts);

  const ref = { threadId: run.threadId, runId: asked.run.id };
  const record = await eventually(() => room.service.stores.records.find(ref), 'what was sent is kept');
  const [sent] = record.steps;
  expect(sent?.messages.length).toBeGreaterThan(50);
  expect(JSON.stringify(sent)).not.toMatch(new RegExp(`K-4711|${signed.id}`));
  expect(foundBy(asked)).toEqual({
    found: [
      {
        seq: 35,
        who: 'Bea',
        at: '2026-05-01T12:00:00.000Z',
        text: 'We signed today. The contract number is K-4711.',
      },
    ],
  });
});

test("nothing of another thread is found, be it the same person's, and the model is told that nothing was", async () => {
  await room.ask('The contract number is K-1.');

  expect(foundBy(await room.ask('which number was it?'))).toEqual(NOTHING);
});

test('nothing is found of a message that was deleted, and of one that was edited what it says now', async () => {
  const { slack, stores } = room.service;
  const { channel } = room;
  const { ts, run } = await room.ask('The contract number is K-2.');
  const later = await room.say('The other contract number is K-3.', ts);
  await room.ends(later.run);
  const [first, second] = (await stores.messages.tail(run.threadId, 20)).filter(
    ({ role }) => role === 'human',
  );
  slack.editMessage(channel, ts, 'The contract number was withdrawn.');
  slack.deleteMessage(channel, second?.sourceId ?? '');
  await eventually(async () => {
    const now = await stores.messages.find(run.threadId, second?.id ?? '');
    const edited = await stores.messages.find(run.threadId, first?.id ?? '');
    return now?.text === '' && edited?.text.includes('withdrawn') === true ? true : null;
  }, 'both changes are stored');

  const found = foundBy(await room.ask('which number was it?', ts));

  expect(found).toMatchObject({ found: [{ seq: 1, text: 'The contract number was withdrawn.' }] });
  expect(JSON.stringify(found)).not.toMatch(/K-[23]/);
});

test("what people said after a run's question is not found by it", async () => {
  const { stores } = room.service;
  const { ts, run } = await room.ask('hello');
  const later = await room.ask('The contract number is K-5.', ts);
  const thread = await stores.threads.find(run.threadId);
  if (thread === null) throw new Error('the thread is gone');
  const search = async (of: Run) => {
    const scene = { thread, run: of, assistant: { id: 'support', name: 'support' } };
    const call = { id: '1', name: 'search_thread', args: { query: 'contract' } };
    const { result } = await createToolbox([searchThread(stores)], scene).call(
      call,
      new AbortController().signal,
    );
    return result;
  };

  // As when both were said before the first of them was answered.
  expect(await search(run)).toEqual(NOTHING);
  expect(await search(later.run)).toEqual(NOTHING);
  expect(await search((await room.ask('and now?', ts)).run)).toMatchObject({
    found: [{ text: 'The contract number is K-5.' }],
  });
});
