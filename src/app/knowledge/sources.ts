import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join, relative, resolve, sep } from 'node:path';
import { MAX_FILE_BYTES } from '../../assistant/extraction/bounds.ts';
import { READABLE_EXTENSIONS } from '../../assistant/extraction/kind-of.ts';
import type { KnowledgeSource } from '../../assistant/knowledge/ingest.ts';
import { ThreadrelayError } from '../../core/errors.ts';
import type { GuardedFetch } from '../../core/ports.ts';

/** What `knowledge add` was given. */
export type Sources = {
  all: KnowledgeSource[];
  /** Names the folder; null for a file or an address. */
  root: string | null;
};

/** Folders of programs' own files. Those that begin with a point are passed over as well. */
const PASSED_OVER: ReadonlySet<string> = new Set(['node_modules', '__pycache__']);

/**
 * The file, the page, or the readable files of the folder. Links of the file system are not followed. `link` is the address
 * at which people read the file or the folder. @throws ThreadrelayError `invalid_input`
 */
export async function sourcesOf(
  given: string,
  { cwd, link, fetch }: { cwd: string; link: string | null; fetch: GuardedFetch },
): Promise<Sources> {
  if (/^https?:\/\//i.test(given)) return { all: [pageSource(given, link, fetch)], root: null };
  const path = resolve(cwd, given);
  const found = await stat(path).catch(() => null);
  if (found === null) {
    throw new ThreadrelayError('invalid_input', `There is no file or folder "${given}".`);
  }
  if (!found.isDirectory()) {
    const address = link?.endsWith('/') === true ? link + encodeURIComponent(basename(path)) : link;
    return { all: [fileSource(path, cwd, address)], root: null };
  }
  const paths = await filesIn(path);
  if (paths.length === 0) {
    throw new ThreadrelayError('invalid_input', `The folder "${given}" has no file that can be read.`);
  }
  const base = link === null || link.endsWith('/') ? link : `${link}/`;
  const all = paths.map((each) => {
    const inside = slashed(relative(path, each));
    return fileSource(
      each,
      cwd,
      base === null ? null : base + inside.split('/').map(encodeURIComponent).join('/'),
    );
  });
  return { all, root: slashed(relative(cwd, path)) || '.' };
}

/** In the order of their names, so that two runs tell the same. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const paths: string[] = [];
  for (const entry of entries.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
    if (entry.name.startsWith('.') || PASSED_OVER.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) paths.push(...(await filesIn(path)));
    else if (entry.isFile() && READABLE_EXTENSIONS.has(extensionOf(entry.name))) paths.push(path);
  }
  return paths;
}

function extensionOf(name: string): string {
  return extname(name).slice(1).toLowerCase() || name.toLowerCase();
}

function fileSource(path: string, cwd: string, link: string | null): KnowledgeSource {
  const name = basename(path);
  return {
    source: slashed(relative(cwd, path)),
    name,
    link,
    mediaType: null,
    async read() {
      const { size } = await stat(path);
      if (size > MAX_FILE_BYTES) {
        throw new ThreadrelayError(
          'invalid_input',
          `"${name}" is too large to read (over ${MAX_FILE_BYTES / 2 ** 20} MB).`,
        );
      }
      return readFile(path).catch((error: unknown) => {
        throw new ThreadrelayError('invalid_input', `"${name}" may not be read.`, { cause: error });
      });
    },
  };
}

/** The name follows what the server says it sent: `index.php` sends HTML. */
function pageSource(url: string, link: string | null, fetch: GuardedFetch): KnowledgeSource {
  const { pathname, hostname } = new URL(url);
  const source: KnowledgeSource = {
    source: url,
    name: basename(pathname) || hostname,
    link: link ?? url,
    mediaType: null,
    async read() {
      const { status, headers, body } = await fetch({ url });
      if (status < 200 || status > 299) {
        throw new ThreadrelayError('platform_refused', `${hostname} answered ${status} for ${url}.`);
      }
      source.mediaType = headers.get('content-type') ?? null;
      if (/html/i.test(source.mediaType ?? '')) source.name = `${source.name}.html`;
      return body;
    },
  };
  return source;
}

function slashed(path: string): string {
  return path.split(sep).join('/');
}
