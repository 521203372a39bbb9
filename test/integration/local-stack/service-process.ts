import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startStores } from '../../../src/app/local-stack/start-stores.ts';

// A service for tests to kill: starts the stores, prints their process ids as one line of JSON, and stays.
const [cacheDir = '', dataDir = '', searchPath = ''] = process.argv.slice(2);
try {
  const stores = await startStores({ cacheDir, dataDir, searchPath, progress: () => {} });
  const pids = await Promise.all(
    ['mongod.pid', 'redis.pid'].map(async (file) => Number(await readFile(join(dataDir, file), 'utf8'))),
  );
  console.log(
    JSON.stringify({ pids, uri: stores.mongodb.uri, sources: [stores.mongodb.source, stores.redis.source] }),
  );
  setInterval(() => {}, 60_000);
} catch (error) {
  console.log(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
}
