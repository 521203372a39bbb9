// Preloaded by relaunch.ts. Node's reader of TypeScript takes 20 MB for as long as its process lives; so the types are
// stripped by a process that ends. It is plain JavaScript because reading a .ts file here would load that reader.
import { spawnSync } from 'node:child_process';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const MAX_BYTES = 64_000_000;
const ANSWER_WITHIN_MS = 20_000;

const sources = strippedSources();

registerHooks({
  load(url, context, nextLoad) {
    const source = sources.get(url);
    if (source === undefined) return nextLoad(url, context);
    sources.delete(url);
    return { format: 'module', source, shortCircuit: true };
  },
});

/**
 * Module texts by URL; empty when they could not be made, and Node then reads the modules itself.
 * @returns {Map<string, string>}
 */
function strippedSources() {
  const script = fileURLToPath(new URL('strip-types.js', import.meta.url));
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, root],
    {
      maxBuffer: MAX_BYTES,
      timeout: ANSWER_WITHIN_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const texts = status === 0 ? textsBetweenNulls(stdout) : [];
  return new Map(texts.flatMap((url, index) => (index % 2 === 0 ? [[url, texts[index + 1] ?? '']] : [])));
}

/**
 * The texts one by one: as pieces of a single text, one character beyond Latin 1 would double the memory of them all, and
 * none could be freed before the last.
 * @param {Buffer} bytes
 */
function textsBetweenNulls(bytes) {
  const texts = [];
  for (let from = 0; from < bytes.length; from += 1) {
    const end = bytes.indexOf(0, from);
    const to = end < 0 ? bytes.length : end;
    texts.push(bytes.toString('utf8', from, to));
    from = to;
  }
  return texts;
}
