import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';

const FORMAT = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      resolved: z.string().optional(),
      link: z.boolean().optional(),
    }),
  ),
});

function installed(): [string, { version?: string | undefined; resolved?: string | undefined }][] {
  const { packages } = FORMAT.parse(JSON.parse(readFileSync('package-lock.json', 'utf8')));
  return Object.entries(packages).filter(([path]) => path !== '');
}

// npm leaves out the version of an optional package for another platform when it resolves a tree beside an old one; newer
// versions of npm then refuse the whole file ("Invalid Version").
test('the lockfile names the version of every package, also of those for other platforms', () => {
  const packages = installed();
  expect(packages.length).toBeGreaterThan(200);
  expect(packages.filter(([, { version }]) => version === undefined).map(([path]) => path)).toEqual([]);
});

test('the lockfile names no registry, so that every one can serve it', () => {
  expect(installed().filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});
