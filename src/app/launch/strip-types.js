import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { pathToFileURL } from 'node:url';

// Run as a process of its own by preload.js: prints the URL of every module of ours, and its text without its types.
const modules = globSync(`${process.argv[2]}/**/*.ts`).flatMap((path) => [
  pathToFileURL(path).href,
  stripTypeScriptTypes(readFileSync(path, 'utf8')),
]);
process.stdout.write(modules.join('\0'));
