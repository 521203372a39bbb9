import { appendFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installOnce } from '../../../src/app/local-stack/binary-cache.ts';
import { until } from './processes.ts';

// Installs a made-up binary whose fetch ends when the file `go` appears; notes each fetch in `fetches.log`.
const [cacheDir = '', folder = ''] = process.argv.slice(2);
console.log(JSON.stringify({ started: process.pid }));
const path = await installOnce({ cacheDir, name: 'server-1', executable: 'server' }, async (work) => {
  await appendFile(join(folder, 'fetches.log'), `${process.pid}\n`);
  const binary = join(work, 'server');
  await writeFile(binary, 'half');
  await until(() => existsSync(join(folder, 'go')), 20_000, 'the test lets the fetch end');
  await appendFile(binary, ' and half');
  return binary;
});
await appendFile(join(folder, 'results.log'), `${path}\n`);
