import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { PermissionFlagsBits } from 'discord.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../../src/app/config/parse-config.ts';
import { namedNumbers } from './limits-page.ts';
import { anchors, blocksIn, codeOf, PAGES, projectFile, relativeLinks, ROOT } from './markdown.ts';

const { scripts, optionalDependencies } = JSON.parse(projectFile('package.json'));
const readme = projectFile('README.md');
const limits = namedNumbers().map(({ name }) => `#${name}`);

function named(page: string, pattern: RegExp): string[] {
  return codeOf(page).flatMap((code) => [...code.matchAll(pattern)].map(([, name = '']) => name));
}

describe.each(PAGES)('%s', (path) => {
  const page = projectFile(path);

  test('every relative link leads to a file, and to a heading where it names one', () => {
    const broken = relativeLinks(page).filter((target) => {
      const [file = '', anchor] = target.split('#');
      const url = file === '' ? new URL(path, ROOT) : new URL(file, new URL(path, ROOT));
      if (!existsSync(url)) return true;
      return anchor !== undefined && !anchors(projectFile(url.pathname)).includes(anchor);
    });

    expect(broken).toEqual([]);
  });

  test('every npm script that it names exists', () => {
    const used = [...named(page, /\bnpm run ([\w:-]+)/g), ...named(page, /\bnpm (test|start)\b/g)];

    expect(used.filter((script) => !(script in scripts))).toEqual([]);
  });

  test('every variable that it names is known', () => {
    const known: readonly string[] = projectFile('.env.example').match(/^#[A-Z_]+(?==)/gm) ?? [];
    const ofOthers = ['#APPLICATION_ID', '#COMPOSE_PROFILES', '#YOUR_HOST'];
    // Those that an example's own services have.
    const ofExamples = ['#ROUTER_API_KEY', '#SHOP_TOKEN', '#HANDBOOK_TOKEN', '#TICKETS_TOKEN'];
    const used = named(page, /\b([A-Z]{3,}_[A-Z_]+)\b/g).map((name) => `#${name}`);

    const all = [...known, ...ofOthers, ...ofExamples, ...limits];

    expect(used.filter((name) => !all.includes(name))).toEqual([]);
  });

  test('every whole configuration that it shows is valid', () => {
    const configurations = blocksIn(page, 'yaml').filter((code) => /^projects:/m.test(code));

    for (const code of configurations) {
      expect(() => parseConfig(code, { file: path, workflows: ['assistant', 'office-hours'] })).not.toThrow();
    }
  });
});

test('every script that runs a file runs one that exists', () => {
  const files = Object.values<string>(scripts).flatMap((script) => /^node (\S+)/.exec(script)?.[1] ?? []);

  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((file) => !existsSync(new URL(file, ROOT)))).toEqual([]);
});

test('every command of threadrelay that the pages name exists, and each one is in the README', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['src/app/cli.ts', '--help'], {
    cwd: ROOT.pathname,
  });
  const listed = stdout.slice(stdout.indexOf('Commands:'));
  const commands = [...listed.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name);
  const used = PAGES.flatMap((path) => named(projectFile(path), /\bthreadrelay ([a-z]+)\b/g));

  expect(commands).toContain('doctor');
  expect(used.filter((name) => !commands.includes(name))).toEqual([]);
  const inReadme = named(projectFile('README.md'), /\bthreadrelay ([a-z]+)\b/g);
  expect(commands.filter((name) => name !== 'help' && !inReadme.includes(name))).toEqual([]);
});

test('the first screen of the README has the picture and the two commands', () => {
  const firstScreen = readme.slice(0, readme.indexOf('\n## '));

  expect(firstScreen).toContain('](docs/thread-growing.svg)');
  expect(blocksIn(firstScreen, 'sh')).toEqual(['npm ci && npm run demo\n', 'npm ci && npm test\n']);
});

test('the profiles and services that the README names are in docker-compose.yml', () => {
  const { services } = parse(projectFile('docker-compose.yml'), { merge: true });
  const profiles = Object.values<{ profiles?: string[] }>(services).flatMap(
    (service) => service.profiles ?? [],
  );
  const named = [...readme.matchAll(/--profile (\w+)/g)].map(([, name]) => name);
  const scaled = [...readme.matchAll(/--scale (\w+)=|docker compose run --rm (\w+)/g)].map(
    ([, scale, run]) => scale ?? run,
  );

  expect(profiles).toEqual(expect.arrayContaining(named));
  expect(Object.keys(services)).toEqual(expect.arrayContaining(scaled));
});

test('the invitation to Discord asks for the permissions that the README lists', () => {
  const wanted =
    PermissionFlagsBits.ViewChannel |
    PermissionFlagsBits.SendMessages |
    PermissionFlagsBits.SendMessagesInThreads |
    PermissionFlagsBits.CreatePublicThreads |
    PermissionFlagsBits.ReadMessageHistory;

  expect(readme).toContain(`permissions=${wanted}\n`);
});

test('the lockfile lists Node for every platform and names no registry', () => {
  const { packages } = JSON.parse(projectFile('package-lock.json'));
  const nodes = Object.keys(optionalDependencies).filter((name) => name.startsWith('node-'));

  expect(nodes.length).toBeGreaterThan(2);
  for (const name of nodes) {
    expect(packages[`node_modules/${name}`]).toMatchObject({ version: optionalDependencies[name] });
  }
  expect(Object.values<object>(packages).filter((entry) => 'resolved' in entry)).toEqual([]);
});
