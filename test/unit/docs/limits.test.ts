import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SOCKETS_OF_AN_APP } from '../../../src/adapters/slack/limits.ts';
import { LIMITS } from '../../../src/core/limits.ts';
import { TIMINGS } from '../../../src/core/timings.ts';
import { besideTheirUse, limits, limitsPage, ofPlatform, PLATFORM_FILES, timings } from './limits-page.ts';
import { projectFile, ROOT } from './markdown.ts';

test('docs/limits.md tells every limit of the code as it is, and no other', async () => {
  await expect(limitsPage()).toMatchFileSnapshot('../../../docs/limits.md');
});

test('every timing and limit is on the page', () => {
  const numbers = (rows: { name: string; value: string }[]) =>
    Object.fromEntries(rows.map(({ name, value }) => [name, Number(value.replaceAll(/[`_]/g, ''))]));

  expect(numbers(timings())).toEqual(TIMINGS);
  expect(numbers(limits())).toEqual(LIMITS);
});

test('every limit has its reason, and every one that others build on its source', () => {
  const shared = [...timings(), ...limits(), ...Object.values(PLATFORM_FILES).flatMap(ofPlatform)];
  const lacking = [
    ...[...shared, ...besideTheirUse()].filter(({ why }) => why.length < 10),
    ...shared.filter(({ source }) => source === ''),
  ];

  expect(lacking.map(({ file, name }) => `${file} ${name}`)).toEqual([]);
});

test('no number that bounds something stands without a name', () => {
  // Units are no bounds, and those of the configuration are told by docs/configuration.md.
  const units = new Set(['1_000', '60_000', '86_400_000', '65_535', '65_536']);
  const files = globSync('src/**/*.ts', { cwd: ROOT.pathname }).filter(
    (file) => !file.startsWith('src/app/config/'),
  );
  const bare = files.flatMap((file) =>
    projectFile(file)
      .replaceAll(/\/\*\*[\s\S]*?\*\/|\/\/.*$/gm, '')
      .replaceAll(/^ *(?:export )?const [A-Z][A-Z0-9_]* =[^;]+;/gm, '')
      .replaceAll(/^export const [A-Z]+: Timings = \{[^}]+\};/gm, '')
      .split('\n')
      .flatMap((line) =>
        (line.match(/(?<![\w.'"])\d{1,3}(?:_\d{3})+\b/g) ?? []).map((number) => ({ line, number })),
      )
      .filter(({ number }) => !units.has(number))
      .map(({ line }) => `${file}: ${line.trim()}`),
  );

  expect(bare).toEqual([]);
});

test('docs/scaling.md tells the number of receivers that Slack allows', () => {
  expect(projectFile('docs/scaling.md')).toContain(`| up to ${SOCKETS_OF_AN_APP} an app |`);
});
