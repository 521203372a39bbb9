import { availableParallelism, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { assistant } from './assistant.ts';
import type { Bench } from './bench.ts';
import { openLab } from './lab.ts';
import { growth } from './growth.ts';
import { http } from './http.ts';
import { idle } from './idle.ts';
import { ingest } from './ingest.ts';
import { recover } from './recover.ts';
import { relay } from './relay.ts';
import { runs } from './runs.ts';
import { rounded } from './statistics.ts';
import { yardstick } from './yardstick.ts';

// `npm run bench -- NAME [--json] [--quick] [--profile DIR] [--SIZE NUMBER …]`
const benches: ReadonlyMap<string, Bench> = new Map(
  [relay, ingest, runs, http, growth, recover, idle, assistant].map((bench) => [bench.name, bench]),
);

const bench = benches.get(process.argv[2] ?? '');
if (bench === undefined) {
  process.stderr.write(`${usage()}\n`);
  process.exit(2);
}

const sizeNames = Object.keys(bench.sizes);
const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    profile: { type: 'string' },
    ...Object.fromEntries(sizeNames.map((name) => [name, { type: 'string' }] as const)),
  },
});
const given = new Map(
  Object.entries(values).flatMap(([name, value]) =>
    sizeNames.includes(name) && value !== undefined ? [[name, Number(value)] as const] : [],
  ),
);
for (const [name, value] of given) {
  if (!Number.isFinite(value) || value < 1) throw new Error(`--${name} takes a number from 1`);
}
const say = (line: string) => process.stderr.write(`${line}\n`);
const lab = await openLab({ say, profileDir: values.profile });
const interrupted = () => void lab.close().finally(() => process.exit(130));
process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
try {
  const before = yardstick();
  const { figures, notes } = await bench.measure(lab, given, values.quick);
  const after = yardstick();
  const result = {
    bench: bench.name,
    machine: {
      cores: availableParallelism(),
      memory_gib: Math.round(totalmem() / 2 ** 30),
      node: process.versions.node,
    },
    figures: Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, rounded(value)])),
  };
  for (const note of notes) say(note);
  const told = [before, after].map(
    ({ quickest, median }) => `${quickest.toFixed(0)} to ${median.toFixed(0)}`,
  );
  say(`a fixed piece of work took ${told.join(' ms before, ')} ms after: how quick the machine was itself`);
  process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : table(result));
} finally {
  await lab.close();
}

function table({ machine, figures }: { machine: Record<string, unknown>; figures: Record<string, number> }) {
  const width = Math.max(...Object.keys(figures).map((name) => name.length));
  const rows = Object.entries(figures).map(([name, value]) => `${name.padEnd(width)}  ${value}\n`);
  return `${JSON.stringify(machine)}\n${rows.join('')}`;
}

function usage(): string {
  const lines = [...benches.values()].flatMap(({ name, about, sizes }) => [
    `  ${name}: ${about}`,
    ...Object.entries(sizes).map(
      ([size, { full, quick, about: says }]) => `      --${size} (${full}, quick ${quick}): ${says}`,
    ),
  ]);
  return ['npm run bench -- NAME [--json] [--quick] [--profile DIR] [--SIZE NUMBER …]', ...lines].join('\n');
}
