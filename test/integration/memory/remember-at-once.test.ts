import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { remember } from '../../../src/assistant/tools/remember.ts';
import { createToolbox } from '../../../src/assistant/tools/toolbox.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { type MemorySource, MOST_MEMORIES } from '../../../src/core/memory/memory.ts';
import type { RunScene } from '../../../src/core/ports.ts';
import { createStores, type Database, openDatabase, type Stores } from '../../../src/store/index.ts';
import { incoming, type RunEngine, startRunEngine } from '../../fixtures/run-engine.ts';
import { storedMessage } from '../../fixtures/stored-message.ts';
import { startedRun } from '../../fixtures/run-ends.ts';
import { testDatabase } from '../../fixtures/stores.ts';

let engine: RunEngine;
/** Another process. */
let elsewhere: Database;
let processes: Stores[];
beforeAll(async () => {
  const mongodbUri = testDatabase();
  engine = await startRunEngine({ mongodbUri });
  elsewhere = await openDatabase({ uri: mongodbUri });
  processes = [engine.stores, createStores(elsewhere)];
});
afterAll(async () => {
  await elsewhere.close();
  await engine.close();
});

const newSubject = () => `slack:T1:U-${randomUUID()}`;

function keep(subject: string, text: string, index = 0, source: MemorySource | null = null) {
  const { memories } = processes[index % processes.length] ?? engine.stores;
  const fact = { id: randomUUID(), projectId: 'default', subject, text, source, createdAt: new Date() };
  return memories.remember(fact);
}

const kinds = (kept: readonly { kind: string }[]) =>
  Object.fromEntries([...Map.groupBy(kept, ({ kind }) => kind)].map(([kind, all]) => [kind, all.length]));

const countOf = (subject: string) => engine.database.models.memories.countDocuments({ subject });

async function asks(): Promise<RunScene> {
  const ref = startedRun(
    await engine.ingest.message(incoming({ author: { id: `U-${randomUUID()}`, name: 'Ada' } })),
  );
  const [thread, run] = await Promise.all([
    engine.stores.threads.find(ref.threadId),
    engine.stores.runs.find(ref),
  ]);
  if (thread === null || run === null) throw new Error('nothing was stored');
  return { thread, run, assistant: { id: 'support', name: 'support' } };
}

test('a person never has more facts than the bound, however many processes remember at once', async () => {
  const subject = newSubject();
  const most = MOST_MEMORIES - 5;
  for (let index = 0; index < most; index += 1) await keep(subject, `Fact ${index}`);

  const kept = await Promise.all(
    Array.from({ length: 20 }, (_, index) => keep(subject, `At once ${index}`, index)),
  );

  expect(kinds(kept)).toEqual({ remembered: 5, full: 15 });
  expect(await countOf(subject)).toBe(MOST_MEMORIES);
});

test('what one step of a model remembers all at once is kept, each fact once', async () => {
  const subject = newSubject();

  const kept = await Promise.all(
    Array.from({ length: 20 }, (_, index) => keep(subject, `Fact ${index % 10}`, index)),
  );

  expect(kinds(kept)).toEqual({ remembered: 10, known: 10 });
  expect(await countOf(subject)).toBe(10);
});

test('what is forgotten makes room for another fact', async () => {
  const subject = newSubject();
  for (let index = 0; index < MOST_MEMORIES; index += 1) await keep(subject, `Fact ${index}`);
  const [some] = await engine.stores.memories.list('default', subject, 1);
  await engine.stores.memories.forget('default', some?.id ?? '', subject);

  const kept = await Promise.all([keep(subject, 'One more', 0), keep(subject, 'And one more', 1)]);

  expect(kinds(kept)).toEqual({ remembered: 1, full: 1 });
});

test('facts that an older version kept count as well', async () => {
  const subject = newSubject();
  for (let index = 0; index < MOST_MEMORIES; index += 1) await keep(subject, `Fact ${index}`);
  const { memories } = engine.database.models;
  await memories.updateMany({ subject }, { $unset: { slot: '' } });
  expect((await keep(subject, 'One more')).kind).toBe('full');
  await memories.deleteOne({ subject });

  const kept = await Promise.all(
    Array.from({ length: 4 }, (_, index) => keep(subject, `At once ${index}`, index)),
  );

  expect(kinds(kept)).toEqual({ remembered: 1, full: 3 });
});

test('of a message that is erased while a fact from it is remembered, no fact comes after the erasure', async () => {
  for (let round = 0; round < 20; round += 1) {
    const { thread, run } = await asks();
    const [messageId = ''] = run.triggerMessageIds;
    const subject = newSubject();
    const [, kept] = await Promise.all([
      // As an erasure does: first the messages, then what is remembered.
      engine.stores.messages
        .redact(thread.id, [messageId], new Date())
        .then(() => engine.stores.memories.eraseSubject('default', subject)),
      keep(subject, 'Prefers tea.', 1, { threadId: thread.id, messageId }),
    ]);
    expect(['remembered', 'gone']).toContain(kept.kind);
    expect(await countOf(subject)).toBe(0);
  }
});

test('a model that remembers what was deleted meanwhile is told so', async () => {
  const scene = await asks();
  await engine.stores.threads.delete(scene.thread.id);
  // The run read it before.
  const [id = ''] = scene.run.triggerMessageIds;
  const find = async () => storedMessage({ id, author: { id: 'U1', name: 'Ada' } });
  const parts = { ...engine.stores, messages: { find }, clock: systemClock, newId: randomUUID };
  const toolbox = createToolbox([remember(parts)], scene);

  const outcome = await toolbox.call(
    { id: 'c1', name: 'remember', args: { fact: 'Prefers tea.' } },
    new AbortController().signal,
  );

  expect(outcome).toMatchObject({ isError: true, result: expect.stringContaining('deleted meanwhile') });
});
