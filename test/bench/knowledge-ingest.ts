import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addKnowledge } from '../../src/app/knowledge/knowledge-commands.ts';
import { sourcesOf } from '../../src/app/knowledge/sources.ts';
import type { KnowledgeStore } from '../../src/core/ports.ts';
import { seededRandom } from '../fixtures/seeded-random.ts';
import type { Lab } from './lab.ts';
import { sentence, words } from './made-text.ts';

/** Memory is looked at this often while files are added. */
const LOOK_EVERY_MS = 50;

/** Libraries are loaded, and memory has taken its usual size, after so many files. */
const WARM_UP_FILES = 50;

const SECTIONS = 6;
const SENTENCES = 12;

export type Ingested = { filesPerSecond: number; rssGrowthMb: number; chunks: number; againSeconds: number };

/** Adds a folder of Markdown files as the command does; memory is that of this process. */
export async function measureIngest(store: KnowledgeStore, files: number, lab: Lab): Promise<Ingested> {
  const folder = await mkdtemp(join(tmpdir(), 'threadrelay-bench-knowledge-'));
  lab.onClose(() => rm(folder, { recursive: true, force: true }));
  await fill(join(folder, 'warm'), WARM_UP_FILES);
  await fill(join(folder, 'all'), files);
  const ref = { projectId: 'default', name: 'bench' };
  let told = 0;
  const add = async (name: string) => {
    const parts = { store, embedding: null, tell: () => (told += 1), now: () => new Date() };
    const fetch = () => Promise.reject(new Error('no network'));
    const begun = performance.now();
    await addKnowledge(parts, ref, await sourcesOf(name, { cwd: folder, link: null, fetch }));
    return (performance.now() - begun) / 1_000;
  };
  await add('warm');
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), LOOK_EVERY_MS);
  const seconds = await add('all');
  clearInterval(watch);
  if (told !== WARM_UP_FILES + files) throw new Error(`progress was told of ${told} files`);
  const againSeconds = await add('all');
  const [summary] = await store.list('default');
  return {
    filesPerSecond: files / seconds,
    rssGrowthMb: (most - before) / 2 ** 20,
    chunks: summary?.chunks ?? 0,
    againSeconds,
  };
}

async function fill(folder: string, files: number): Promise<void> {
  await mkdir(folder);
  const random = seededRandom(files);
  const vocabulary = words(random);
  for (let file = 0; file < files; file += 1) {
    const sections = Array.from({ length: SECTIONS }, (_, section) => {
      const text = Array.from({ length: SENTENCES }, () => sentence(random, vocabulary)).join(' ');
      return `## Section ${section + 1}: ${vocabulary(random)}\n\n${text}\n`;
    });
    await writeFile(join(folder, `file-${file}.md`), `# File ${file}\n\n${sections.join('\n')}`);
  }
}
