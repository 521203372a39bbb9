import { defineBench } from './bench.ts';
import { measureContext } from './assistant-context.ts';
import { measureIngest } from './knowledge-ingest.ts';
import { measureKnowledgeSearch } from './knowledge-search.ts';
import { measureLoop } from './assistant-loop.ts';
import { openDatabase, createStores } from '../../src/store/index.ts';
import { percentile, spread } from './statistics.ts';

export const assistant = defineBench({
  name: 'assistant',
  about: 'the loop of assistants with a mock model, and their knowledge: adding files, searching passages',
  sizes: {
    runs: { full: 500, quick: 20, about: 'runs of the loop with a mock model' },
    messages: { full: 10_000, quick: 1_000, about: 'messages of a long thread' },
    prompts: { full: 200, quick: 20, about: 'prompts of runs in it' },
    files: { full: 1_000, quick: 100, about: 'Markdown files that are added' },
    chunks: { full: 20_000, quick: 1_000, about: 'passages that are searched' },
    questions: { full: 1_000, quick: 50, about: 'searches' },
  },
  async measure(lab, size) {
    const database = await openDatabase({ uri: lab.mongodbUri });
    lab.onClose(() => database.close());
    const stores = createStores(database);
    const { knowledge } = stores;
    const loop = await measureLoop(size('runs'));
    const contexts = await measureContext(stores, size('messages'), size('prompts'), lab);
    const ingested = await measureIngest(knowledge, size('files'), lab);
    const searches = await measureKnowledgeSearch(knowledge, size('chunks'), size('questions'), lab);
    return {
      figures: {
        loop_overhead_ms_p50: percentile(loop, 0.5),
        context_10000_ms_p50: percentile(contexts, 0.5),
        ingest_files_per_s: ingested.filesPerSecond,
        ingest_rss_growth_mb: ingested.rssGrowthMb,
        search_20000_ms_p99: percentile(searches.times, 0.99),
      },
      notes: [
        `loop of a run with one tool call and 50 pieces of text: ${spread(loop)}`,
        `prompts of runs in a thread of ${size('messages')} messages, reading included: ${spread(contexts)}`,
        `${size('files')} files were added as ${ingested.chunks} passages; adding them again, unchanged, took ${ingested.againSeconds.toFixed(1)} s`,
        `${size('chunks')} passages were loaded in ${searches.loadSeconds.toFixed(1)} s; searches: ${spread(searches.times)}`,
      ],
    };
  },
});
