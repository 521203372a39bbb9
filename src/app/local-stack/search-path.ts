import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** All executables of these names on a PATH value: folder by folder, then in the order of the names. */
export function executablesOn(searchPath: string, names: readonly string[]): string[] {
  return searchPath
    .split(delimiter)
    .filter((folder) => folder !== '')
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .filter(isExecutableFile);
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
