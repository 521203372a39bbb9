import type { Command } from 'commander';
import type { KnowledgeWork } from './run-knowledge-command.ts';

const WHERE = `
Knowledge is in MongoDB: that of MONGODB_URI, else that of .threadrelay/, whether a service runs on it or not. Assistants
that name it under "knowledge" answer from it at once. See docs/knowledge.md.`;

/** Passages that a search shows. */
const DEFAULT_LIMIT = '5';

/** Adds `knowledge …` to the program. What each does is loaded when it is called. */
export function addKnowledgeCommands(program: Command): void {
  const knowledge = program
    .command('knowledge')
    .summary('Add, list, remove and search what assistants answer from.')
    .description(`Adds, lists, removes and searches the documents that assistants answer from.\n${WHERE}`);
  knowledge
    .command('add')
    .summary('Add a folder, a file or a page; again, to bring it up to date.')
    .description(
      'Adds a folder, a file or a page. Adding it again changes only what has changed, and takes out files that a folder has no more.',
    )
    .argument('<source>', 'a folder, a file, or an address that begins with https://')
    .requiredOption('--to <name>', 'the name of the knowledge, as assistants have it')
    .option('--link <url>', 'where people read the file or folder; answers link there')
    .option('--project <name>', PROJECT)
    .action(
      async (source: string, { to, link, project }: { to: string; link?: string; project?: string }) => {
        await run(project, async (work) => {
          const { addKnowledge } = await import('./knowledge-commands.ts');
          return addKnowledge(work, work.ref(to), await work.sources(source, link ?? null));
        });
      },
    );
  knowledge
    .command('list')
    .summary('List all knowledge, or the documents of one.')
    .argument('[name]', 'of one knowledge, its documents')
    .option('--project <name>', PROJECT)
    .option('--json', 'print one JSON object: {knowledge: […]} or {documents: […]}')
    .action(async (name: string | undefined, { project, json }: { project?: string; json?: boolean }) => {
      await run(project, async (work) => {
        const { listKnowledge } = await import('./knowledge-commands.ts');
        const projectId = name === undefined && project === undefined ? null : work.ref('').projectId;
        return listKnowledge(work.store, { projectId, name: name ?? null, json: json === true });
      });
    });
  knowledge
    .command('remove')
    .summary('Remove files, pages or folders of a knowledge, or all of it.')
    .argument('<name>', 'the name of the knowledge')
    .argument('[source...]', 'what to remove of it, as "knowledge list" shows it; left out: all')
    .option('--project <name>', PROJECT)
    .action(async (name: string, sources: string[], { project }: { project?: string }) => {
      await run(project, async (work) => {
        const { removeKnowledge } = await import('./knowledge-commands.ts');
        return removeKnowledge(work.store, work.ref(name), sources, work.now());
      });
    });
  knowledge
    .command('search')
    .summary('Show what an assistant would find.')
    .argument('<name>', 'the name of the knowledge')
    .argument('<words...>', 'what to look for')
    .option('--project <name>', PROJECT)
    .option('--limit <count>', 'how many passages to show', DEFAULT_LIMIT)
    .option('--json', 'print one JSON object: {passages: […]}')
    .action(
      async (
        name: string,
        words: string[],
        { project, limit, json }: { project?: string; limit: string; json?: boolean },
      ) => {
        await run(project, async (work) => {
          const { searchKnowledge } = await import('./knowledge-commands.ts');
          const question = { text: words.join(' '), limit: work.count(limit), json: json === true };
          return searchKnowledge(work, work.ref(name), question);
        });
      },
    );
}

const PROJECT = 'the project; may be left out where the configuration has only one';

async function run(project: string | undefined, work: KnowledgeWork): Promise<void> {
  const { runKnowledgeCommand } = await import('./run-knowledge-command.ts');
  process.exitCode = await runKnowledgeCommand(process.env, project, work);
}
