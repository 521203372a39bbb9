import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes a shell script that stands for a program. */
export async function writeProgram(path: string, script: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

/** Writes a program that says it is mongod of that version. */
export function writeMongod(path: string, version: string): Promise<string> {
  return writeProgram(path, `echo "db version v${version}"`);
}
