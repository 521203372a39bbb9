import { createKnowledgeSearch } from '../../src/assistant/knowledge/knowledge-search.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { KnowledgeEntry, KnowledgeStore } from '../../src/core/ports.ts';
import { seededRandom } from '../fixtures/seeded-random.ts';
import type { Lab } from './lab.ts';
import { sentence, type Vocabulary, words } from './made-text.ts';

const CHUNKS_IN_DOCUMENT = 20;
const DOCUMENTS_AT_ONCE = 25;
const SENTENCES_IN_CHUNK = 10;
const WORDS_IN_QUESTION = 8;

/** Milliseconds of each search, passages of MongoDB included, of questions of eight words. */
export async function measureKnowledgeSearch(
  store: KnowledgeStore,
  chunks: number,
  questions: number,
  lab: Lab,
): Promise<{ times: number[]; loadSeconds: number }> {
  const ref = { projectId: 'default', name: 'searched' };
  const random = seededRandom(chunks);
  const vocabulary = words(random);
  const documents = Math.ceil(chunks / CHUNKS_IN_DOCUMENT);
  for (let from = 0; from < documents; from += DOCUMENTS_AT_ONCE) {
    const count = Math.min(DOCUMENTS_AT_ONCE, documents - from);
    const entries = Array.from({ length: count }, (_, index) => entry(from + index, random, vocabulary));
    await store.put(ref, entries, new Date());
  }
  lab.say(`${documents * CHUNKS_IN_DOCUMENT} passages are there`);
  const search = createKnowledgeSearch({ store, clock: systemClock });
  const ask = async () => {
    const text = Array.from({ length: WORDS_IN_QUESTION }, () => vocabulary(random)).join(' ');
    const begun = performance.now();
    await search.search('default', ['searched'], { text, limit: 6 });
    return performance.now() - begun;
  };
  const loadMs = await ask();
  const times: number[] = [];
  for (let question = 0; question < questions; question += 1) times.push(await ask());
  return { times, loadSeconds: loadMs / 1_000 };
}

function entry(number: number, random: () => number, vocabulary: Vocabulary): KnowledgeEntry {
  const id = `bench-${number}`;
  return {
    document: {
      id,
      source: `made/${number}.md`,
      title: sentence(random, vocabulary),
      link: null,
      kind: 'markdown',
      hash: id,
      root: null,
      chunks: CHUNKS_IN_DOCUMENT,
      addedAt: new Date(),
    },
    chunks: Array.from({ length: CHUNKS_IN_DOCUMENT }, (_, ordinal) => ({
      id: `${id}-${ordinal}`,
      documentId: id,
      ordinal,
      heading: vocabulary(random),
      line: 1,
      text: Array.from({ length: SENTENCES_IN_CHUNK }, () => sentence(random, vocabulary)).join(' '),
      vector: null,
      embeddedBy: null,
    })),
  };
}
