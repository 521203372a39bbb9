import { afterEach, beforeEach, expect, test } from 'vitest';
import { createKnowledgeSearch } from '../../../src/assistant/knowledge/knowledge-search.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { KnowledgeChunk } from '../../../src/core/knowledge/knowledge.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { FAILING, type Handbook, REF, SMALL, startHandbook } from './handbook.ts';

let handbook: Handbook;
beforeEach(async () => {
  handbook = await startHandbook();
});
afterEach(() => handbook.close());

test.each([SMALL, 'local/embed-small'])(
  'with %s each passage is embedded once: adding again embeds what is new alone',
  async (model) => {
    await handbook.add(model);
    expect(handbook.embedded()).toEqual([
      'Parking\n\nPark your car behind the house.',
      'Refunds\n\nRefunds take thirty days.',
      'Refunds › Gifts\n\nGifts are vouchers.',
    ]);
    expect(await handbook.vectors()).toEqual({ [`${model} 256`]: 3 });

    await handbook.write(
      'refunds.md',
      '# Refunds\n\nRefunds take ten days.\n\n## Gifts\n\nGifts are vouchers.\n',
    );
    await handbook.write('tea.md', '# Tea\n\nTea is served at four.\n');
    expect(await handbook.add(model)).toContain('1 added, 1 changed, 1 unchanged.');
    expect(handbook.embedded()).toEqual([
      'Refunds\n\nRefunds take ten days.',
      'Tea\n\nTea is served at four.',
    ]);
    expect(await handbook.vectors()).toEqual({ [`${model} 256`]: 4 });
  },
);

test('what has no word of a question is found by its meaning, and what has both comes first', async () => {
  await handbook.write('vans.md', '# Vans\n\nA vehicle of the firm may be borrowed.\n');
  await handbook.add(SMALL);
  expect((await handbook.search(SMALL, 'reimbursement'))[0]).toBe('refunds.md');
  expect(await handbook.search(SMALL, 'vehicle')).toEqual(['vans.md', 'cars.md']);
  expect(await handbook.search(null, 'reimbursement')).toEqual([]);
});

test('of two knowledges the one without vectors is not put first', async () => {
  await handbook.add(SMALL);
  await handbook.store.put({ ...REF, name: 'plain' }, await plainCopy(), new Date());
  const both = createKnowledgeSearch({
    store: handbook.store,
    clock: systemClock,
    embedding: handbook.modelOf(SMALL),
  });
  const found = await both.search('support', ['plain', 'handbook'], { text: 'refund days', limit: 2 });
  expect(found.map(({ knowledge }) => knowledge)).toEqual(['handbook', 'plain']);
});

/** The same documents under other ids, without vectors. */
async function plainCopy() {
  const documents = await handbook.store.documents(REF);
  const chunks: KnowledgeChunk[] = [];
  for await (const chunk of handbook.store.chunksOf(documents.map(({ id }) => id))) chunks.push(chunk);
  return documents.map((document) => ({
    document: { ...document, id: `plain ${document.id}` },
    chunks: chunks
      .filter(({ documentId }) => documentId === document.id)
      .map((chunk) => ({
        ...chunk,
        id: `plain ${chunk.id}`,
        documentId: `plain ${document.id}`,
        vector: null,
        embeddedBy: null,
      })),
  }));
}

test('another embedding model embeds everything again, and vectors of two models are never compared', async () => {
  await handbook.add(SMALL);
  expect(handbook.embedded()).toHaveLength(3);
  const other = 'openai/embed-large';
  // Until then nothing has vectors of that model
  expect(await handbook.search(other, 'reimbursement')).toEqual([]);
  expect(handbook.embedded()).toEqual([]);

  await handbook.add(other);

  expect(handbook.embedded()).toHaveLength(3);
  expect(await handbook.vectors()).toEqual({ [`${other} 384`]: 3 });
  expect((await handbook.search(other, 'reimbursement'))[0]).toBe('refunds.md');
  expect(await handbook.search(SMALL, 'reimbursement')).toEqual([]);
});

test('what a failure left without vectors gets them the next time, and only that', async () => {
  await handbook.add(SMALL);
  handbook.embedded();
  handbook.vendor.always('embed-small', FAILING);
  await handbook.write('doctors.md', '# Health\n\nA physician comes on Mondays.\n');
  await expect(handbook.add(SMALL)).rejects.toThrow(/^1 added, 2 unchanged.*new passages of 1 of them/);
  expect(await handbook.vectors()).toEqual({ [`${SMALL} 256`]: 3, none: 1 });
  expect(await handbook.search(null, 'physician')).toEqual(['doctors.md']);
  // Of what was changed the other passages keep theirs, and nothing is taken out by the failure
  await handbook.write(
    'refunds.md',
    '# Refunds\n\nRefunds take thirty days.\n\n## Gifts\n\nGifts are money.\n',
  );
  await expect(handbook.add(SMALL)).rejects.toThrow(/^1 changed, 2 unchanged.*new passages of 2 of them/);
  expect(await handbook.vectors()).toEqual({ [`${SMALL} 256`]: 2, none: 2 });

  handbook.vendor.always('embed-small', null);
  handbook.embedded();
  await handbook.add(SMALL);
  expect(handbook.embedded()).toEqual([
    'Health\n\nA physician comes on Mondays.',
    'Refunds › Gifts\n\nGifts are money.',
  ]);
  expect((await handbook.search(SMALL, 'doctor'))[0]).toBe('doctors.md');
});

test('a model that was busy for a moment is asked again', async () => {
  handbook.vendor.will('embed-small', { ...FAILING, status: 429 }, FAILING);
  await handbook.add(SMALL);
  expect(handbook.vendor.requests).toHaveLength(3);
  expect(await handbook.vectors()).toEqual({ [`${SMALL} 256`]: 3 });
});

test('a model that is silent holds one question up for a bounded time, and the next not at all', async () => {
  await handbook.add(SMALL);
  handbook.vendor.always('embed-small', { kind: 'silent' });
  handbook.embedded();
  const logged: string[] = [];
  const quick = createKnowledgeSearch({
    store: handbook.store,
    clock: systemClock,
    embedding: handbook.modelOf(SMALL),
    questionMs: 50,
    logger: { ...silentLogger, warn: (_fields, message) => void logged.push(message) },
  });
  const ask = () => quick.search('support', ['handbook'], { text: 'refunds', limit: 1 });
  expect(await ask()).toMatchObject([{ source: 'handbook/refunds.md' }]);
  expect(await ask()).toMatchObject([{ source: 'handbook/refunds.md' }]);
  expect(handbook.embedded()).toEqual(['refunds']);
  expect(logged).toEqual(['a question is searched for by its words alone']);
  await eventually(() => (handbook.vendor.held() === 0 ? true : null), 'the request is given up');
});

test('thousands of passages, and a question as long as a message may be, are within what a vendor takes', async () => {
  const passage = (number: number) =>
    `Passage ${number}. ${'All of it tells of something else. '.repeat(35)}`;
  const texts = [...Array.from({ length: 2_100 }, (_, number) => passage(number)), 'ü'.repeat(40_000)];
  const made = await handbook.modelOf(SMALL).embed(texts);
  expect(made).toHaveLength(texts.length);
  const [again] = await handbook.modelOf(SMALL).embed([passage(2_000)]);
  expect(made[2_000]).toEqual(again);
});
