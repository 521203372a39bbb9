import { createEmbeddingModel } from '../../assistant/knowledge/embedding-model.ts';
import { createKnowledgeSearch } from '../../assistant/knowledge/knowledge-search.ts';
import { systemClock } from '../../core/clock.ts';
import { ThreadrelayError } from '../../core/errors.ts';
import type { KnowledgeRef } from '../../core/knowledge/knowledge.ts';
import { silentLogger } from '../../core/logger.ts';
import type { KnowledgeSearch } from '../../core/ports.ts';
import { createGuardedFetch } from '../../outbound/guarded-fetch.ts';
import type { Config } from '../config/config.ts';
import type { Said } from '../keys/keys-commands.ts';
import { runStoresCommand } from '../run-stores-command.ts';
import { sentenceOf } from '../serve.ts';
import type { AddParts } from './knowledge-commands.ts';
import { type Sources, sourcesOf } from './sources.ts';

/** What a command on knowledge works with. */
export type KnowledgeParts = AddParts & {
  search: KnowledgeSearch;
  /** @throws ThreadrelayError `invalid_input` */
  ref(name: string): KnowledgeRef;
  /** @throws ThreadrelayError `invalid_input` */
  sources(given: string, link: string | null): Promise<Sources>;
  /** @throws ThreadrelayError `invalid_input` */
  count(given: string): number;
};

export type KnowledgeWork = (parts: KnowledgeParts) => Promise<Said>;

/** As names of the configuration are. */
const NAME = /^[a-z][a-z0-9_-]{0,62}$/;

/** More passages fill several screens. */
const MAX_SHOWN = 50;

/** Carries out a command on knowledge. Answers the exit code. */
export function runKnowledgeCommand(
  env: NodeJS.ProcessEnv,
  project: string | undefined,
  work: KnowledgeWork,
): Promise<number> {
  return runStoresCommand(env, async ({ stores, config, variables, tell }) => {
    const { embedding: reference } = config;
    const embedding =
      reference === null ? null : createEmbeddingModel(reference, (variable) => variables[variable]?.trim());
    const store = stores.knowledge;
    return work({
      store,
      embedding,
      tell,
      now: () => systemClock.now(),
      search: createKnowledgeSearch({
        store,
        clock: systemClock,
        ...(embedding === null ? {} : { embedding }),
        logger: { ...silentLogger, warn: ({ err }) => tell(`Searched by words alone. ${sentenceOf(err)}`) },
      }),
      ref: (name) => ({ projectId: projectOf(config, project), name: checked(name) }),
      sources: (given, link) =>
        sourcesOf(given, { cwd: process.cwd(), link: linkOf(link), fetch: createGuardedFetch() }),
      count: countOf,
    });
  });
}

function projectOf({ projects }: Config, given: string | undefined): string {
  const names = [...projects.keys()];
  const [only] = names;
  if (given === undefined && names.length === 1 && only !== undefined) return only;
  if (given !== undefined && projects.has(given)) return given;
  const known = names.map((name) => `"${name}"`).join(', ');
  throw new ThreadrelayError(
    'invalid_input',
    given === undefined
      ? `Say which project, with --project: the configuration has ${known}.`
      : `There is no project "${given}". The configuration has ${known}; add it there first, under "projects".`,
  );
}

function checked(name: string): string {
  if (name === '' || NAME.test(name)) return name;
  throw new ThreadrelayError(
    'invalid_input',
    `"${name}" is no name of a knowledge: use lower case letters, digits, "-" and "_", and begin with a letter.`,
  );
}

function linkOf(link: string | null): string | null {
  if (link === null || (/^https?:\/\//.test(link) && URL.canParse(link))) return link;
  throw new ThreadrelayError(
    'invalid_input',
    `--link must be an address, as https://example.com/docs; "${link}" is none.`,
  );
}

function countOf(given: string): number {
  const count = Number(given);
  if (Number.isInteger(count) && count >= 1 && count <= MAX_SHOWN) return count;
  throw new ThreadrelayError('invalid_input', `--limit takes a number from 1 to ${MAX_SHOWN}.`);
}
