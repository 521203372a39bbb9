import { fc } from '../../../fixtures/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { createLexicalIndex } from '../../../../src/assistant/knowledge/lexical-index.ts';
import type { KnowledgeChunk, KnowledgeDocument } from '../../../../src/core/knowledge/knowledge.ts';

const document: KnowledgeDocument = {
  id: 'd',
  source: 'd.md',
  title: 'Handbook',
  link: null,
  kind: 'markdown',
  hash: 'd',
  root: null,
  chunks: 1,
  addedAt: new Date(0),
};

function entry(id: string, text: string, heading = '') {
  const chunk: KnowledgeChunk = {
    id,
    documentId: 'd',
    ordinal: 0,
    heading,
    line: 1,
    text,
    vector: null,
    embeddedBy: null,
  };
  return { document, chunk };
}

function indexOf(...entries: ReturnType<typeof entry>[]) {
  const index = createLexicalIndex();
  index.add(entries);
  return index;
}

const idsOf = (hits: { id: string }[]) => hits.map(({ id }) => id);

describe('search by words', () => {
  const birds = () =>
    indexOf(
      entry('heron', 'Herons stand in shallow water and wait for fish.'),
      entry('stork', 'Storks fly south in autumn. Some eat fish, too.'),
      entry('pelican', 'Of all birds it holds the most water.', 'Pelicans'),
    );

  test('who has more of the question comes first, and is told how much of it it has', () => {
    const [first, second] = birds().search('which birds wait for fish', undefined, 10);
    expect(first?.id).toBe('heron');
    expect(second?.coverage).toBeLessThan(first?.coverage ?? 0);
  });

  test('a word of a heading says more than one of the text', () => {
    const index = indexOf(
      entry('text', 'Refunds are seldom wanted here.'),
      entry('heading', 'Within thirty days, always.', 'Refunds'),
    );
    expect(idsOf(index.search('refund', undefined, 2))).toEqual(['heading', 'text']);
  });

  test.each([
    ['a letter too many', 'pellican'],
    ['only the beginning', 'pelic'],
  ])('a word with %s is found, and counts half', (_, word) => {
    expect(birds().search(word, undefined, 10)).toMatchObject([{ id: 'pelican', coverage: 0.5 }]);
  });

  test.each([
    ['Japanese', '返品は三十日以内に可能です', '返品できますか', '営業時間は九時からです'],
    ['Chinese', '三十天内可以退货', '怎么退货', '我们九点开门'],
    ['Thai', 'คืนสินค้าได้ภายในสามสิบวัน', 'อยากคืนสินค้า', 'ร้านเปิดเก้าโมง'],
  ])('%s, which puts no space between words, is searched by them', (_, text, question, other) => {
    const index = indexOf(entry('refund', text), entry('other', other));
    expect(index.search(question, undefined, 2)[0]?.id).toBe('refund');
  });

  test('what was said before decides among equals, and finds where the question alone finds nothing', () => {
    const index = birds();
    const [before] = index.search('water', 'Tell me of herons', 10);
    expect(before?.id).toBe('heron');
    expect(idsOf(index.search('And why?', 'Tell me of storks', 10))).toEqual(['stork']);
  });

  test('a word that most chunks have finds them all the same, in a knowledge of any size', () => {
    expect(idsOf(indexOf(entry('only', 'common')).search('common', undefined, 1))).toEqual(['only']);
    const many = createLexicalIndex();
    many.add(Array.from({ length: 12_000 }, (_, index) => entry(`c${index}`, `common number${index}`)));
    expect(many.search('common', undefined, 3)).toHaveLength(3);
    expect(idsOf(many.search('common number777', undefined, 1))).toEqual(['c777']);
  });

  test('signs that mean something to the index mean nothing in a question', () => {
    const index = birds();
    for (const question of [
      'fish" OR NEAR(',
      'title : *',
      '-fish ^ "',
      "fish'; DROP TABLE chunks; --",
      '\0',
    ]) {
      expect(() => index.search(question, question, 10)).not.toThrow();
    }
    expect(index.search('fish" OR NEAR(', undefined, 10)).toHaveLength(2);
  });
});

test('an index from which chunks were removed answers like one that never had them', () => {
  const word = fc.constantFrom('heron', 'stork', 'pelican', 'water', 'fish', 'south', 'wait');
  const text = fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => words.join(' '));
  const chunks = fc.array(fc.record({ text, heading: text, stays: fc.boolean() }), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(chunks, text, (made, question) => {
      const entries = made.map((each, index) => ({
        ...each,
        entry: entry(`c${index}`, each.text, each.heading),
      }));
      const changed = indexOf(...entries.map((each) => each.entry));
      changed.remove(entries.filter(({ stays }) => !stays).map((each) => each.entry.chunk.id));
      const fresh = indexOf(...entries.filter(({ stays }) => stays).map((each) => each.entry));
      expect(changed.search(question, undefined, 20)).toEqual(fresh.search(question, undefined, 20));
    }),
    { numRuns: 50 },
  );
});
