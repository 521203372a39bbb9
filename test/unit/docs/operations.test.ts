import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { addGauges } from '../../../src/app/gauges.ts';
import { createMetrics } from '../../../src/app/metrics.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { blocksIn, projectFile } from './markdown.ts';

const page = projectFile('docs/operations.md');

async function exposed(): Promise<string[]> {
  const { registry } = createMetrics();
  addGauges(registry, {
    backlog: { oldest: async () => ({ runSince: null, deliverySince: null }) },
    ringDepths: async () => new Map(),
    storesUp: async () => ({ mongodb: true, redis: true }),
    platformsConnected: () => new Map(),
    activeRuns: () => 0,
    activeDeliveries: () => 0,
    clock: systemClock,
    logger: silentLogger,
  });
  return (await registry.getMetricsAsJSON()).map(({ name }) => name);
}

const listed = () => Array.from(page.matchAll(/^\| `(threadrelay_\w+)`/gm), ([, name = '']) => name);

type Rule = { alert: string; expr: string; labels: { severity: string } };
const rules = (): Rule[] => parse(blocksIn(page, 'yaml')[0] ?? '').groups[0].rules;

test('the page lists every metric that there is, once, and no other', async () => {
  // These are told by Linux alone.
  expect(listed().sort()).toEqual((await exposed()).sort());
});

test('every metric has a help text that says more than its name', async () => {
  const { registry } = createMetrics();
  const own = (await registry.getMetricsAsJSON()).filter(({ name }) => !/_(nodejs|process)_/.test(name));
  expect(own.length).toBeGreaterThan(10);
  expect(own.filter(({ help }) => help.length < 40)).toEqual([]);
});

test('every alarm is about metrics that there are, and has its section with what to look at and to do', async () => {
  const names = new Set(await exposed());
  for (const { alert, expr, labels } of rules()) {
    const used = Array.from(expr.matchAll(/\bthreadrelay_\w+/g), ([name]) =>
      name.replace(/_(bucket|count|sum)$/, ''),
    );
    expect(
      used.filter((name) => !names.has(name)),
      alert,
    ).toEqual([]);
    expect(['page', 'ticket']).toContain(labels.severity);
    const section = page.split(`\n### ${alert}\n`)[1]?.split('\n#')[0] ?? '';
    for (const part of ['People:', 'Look at:', 'Do:'])
      expect(section, `${alert}, ${part}`).toContain(`- ${part}`);
  }
  const sections = Array.from(page.matchAll(/^### (\w+)$/gm), ([, name = '']) => name);
  expect(
    rules()
      .map(({ alert }) => alert)
      .sort(),
  ).toEqual(sections.sort());
});

test('every message of the log that the page names is one that the code writes', async () => {
  const { globSync } = await import('node:fs');
  const source = globSync('src/**/*.ts')
    .map((path) => projectFile(path))
    .join('\n');
  const quoted = Array.from(
    page.matchAll(/(?:log for|`no token|says) `([a-z][^`]{8,})`/g),
    ([, text = '']) => text,
  );
  expect(quoted.length).toBeGreaterThan(3);
  expect(quoted.filter((text) => !source.includes(text))).toEqual([]);
});
