import { globSync } from 'node:fs';
import { projectFile, ROOT } from './markdown.ts';

/** One limit as the code has it: its name, its value as it is written, and its comment. */
type Limit = { name: string; value: string; why: string; source: string; file: string };

const TIMINGS_FILE = 'src/core/timings.ts';
const LIMITS_FILE = 'src/core/limits.ts';
const PLATFORM_FILES = { Slack: 'src/adapters/slack/limits.ts', Discord: 'src/adapters/discord/limits.ts' };

/** Numbers with names that bound nothing: codes, versions, formats, ranks. */
const NO_LIMITS = new Set([
  'ACKNOWLEDGE_BUCKETS',
  'ALWAYS',
  'DAY_MS',
  'DIGITS',
  'DISCORD_EPOCH',
  'DUPLICATE_KEY',
  'LEAST_NODE_MAJOR',
  'MILLION',
  'MINUTE_MS',
  'NAMESPACE_EXISTS',
  'NOT_YET_INITIALIZED',
  'OLDEST',
  'OLDEST_MAJOR',
  'PRIORITIES',
  'RELAY_BUCKETS',
  'REQUEST_BUCKETS',
  'RUN_BUCKETS',
  'THREAD_EXISTS',
  'UNKNOWN_CHANNEL',
  'USUAL_PORT',
  'WITH_BODY',
]);

/** Every constant made of numbers alone, in capitals as limits are. */
export function namedNumbers(): Limit[] {
  const files = globSync('src/**/*.ts', { cwd: ROOT.pathname }).toSorted();
  return files.flatMap((file) => {
    const found: Limit[] = [];
    let above = '';
    const text = projectFile(file);
    const declarations =
      /((?: *\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?)^ *(?:export )?const ([A-Z][A-Z0-9_]*) = ([^;]+);\n/gm;
    let end = -1;
    for (const match of text.matchAll(declarations)) {
      const [whole, comment = '', name = '', value = ''] = match;
      // A comment speaks for all constants right below it.
      if (comment !== '' || match.index !== end) above = comment;
      end = match.index + whole.length;
      if (!isNumeric(value) || NO_LIMITS.has(name)) continue;
      found.push({ name, value: shown(value), ...told(above), file });
    }
    return found;
  });
}

/** The properties of an object of limits, with their comments from the type or from the object itself. */
function properties(file: string, object: string): Limit[] {
  const text = projectFile(file);
  const values = text.slice(text.indexOf(`export const ${object}`));
  return [...values.matchAll(/^ {2}(\w+): ([^,]+),$/gm)].map(([, name = '', value = '']) => {
    const comment =
      new RegExp(`((?: *\\/\\*\\*(?:(?!\\*\\/)[\\s\\S])*\\*\\/\\n)) {2}${name}:`).exec(text)?.[1] ?? '';
    return { name, value: shown(value), ...told(comment), file };
  });
}

function isNumeric(value: string): boolean {
  const bare = value.replace(/\bas const\b/, '').replaceAll(/\w+:/g, '');
  return /\d/.test(bare) && /^[\d_.,\s*+\-/(){}[\]]+$/.test(bare) && !/\dn\b/.test(bare);
}

function shown(value: string): string {
  return `\`${value
    .replace(/ as const$/, '')
    .replaceAll(/\s+/g, ' ')
    .replace(/,? \}$/, ' }')}\``;
}

function told(comment: string): { why: string; source: string } {
  const text = comment
    .replace(/^ *\/\*\*/, '')
    .replace(/\*\/\s*$/, '')
    .replaceAll(/^ *\* ?/gm, '')
    .trim();
  const [why = '', source = ''] = text.split(/^@see /m);
  const line = (part: string) => part.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').trim();
  return { why: line(why), source: line(source) };
}

function table(limits: readonly Limit[], last: (limit: Limit) => string, title: string): string {
  const rows = limits.map(
    (limit) => `| \`${limit.name}\` | ${limit.value} | ${limit.why} | ${last(limit)} |`,
  );
  return [`| Name | Value | Why | ${title} |`, '| --- | --- | --- | --- |', ...rows].join('\n');
}

const source = (limit: Limit) => (/^https:\S+$/.test(limit.source) ? `<${limit.source}>` : limit.source);
const place = ({ file }: Limit) => `[${file.replace(/^src\//, '')}](../${file})`;

export const timings = () => properties(TIMINGS_FILE, 'TIMINGS');
export const limits = () => properties(LIMITS_FILE, 'LIMITS');
export const ofPlatform = (file: string) => namedNumbers().filter((limit) => limit.file === file);
export const besideTheirUse = () =>
  namedNumbers().filter(({ file }) => !Object.values(PLATFORM_FILES).includes(file));
export { PLATFORM_FILES };

/** The text of docs/limits.md. */
export function limitsPage(): string {
  return `# Limits

Every timer, interval, size and number of tries, with its value, its reason and where the number comes from. This page is
made from the comments in the code, and a test fails when they differ; write it anew with
\`npx vitest run test/unit/docs/limits.test.ts -u\`. Names that end in \`Ms\` or \`_MS\` are milliseconds.

Where does a limit live? What must fit together in time: \`core/timings.ts\`. What a process takes on, and how long it waits
for what it depends on: \`core/limits.ts\`. What a platform decides: \`limits.ts\` of its adapter. What is private to one
algorithm: beside it. What an operator sets: [configuration.md](configuration.md).

## Times that fit together

[core/timings.ts](../${TIMINGS_FILE}). A test holds them to these relations:

- A worker is taken for dead only after it missed three heartbeats and more: \`heartbeatStaleMs\` > 3 × \`heartbeatMs\`; so
  with a delivery's lease and a job's lock, which are renewed as often.
- What a killed worker left is taken over within 10 s: \`heartbeatStaleMs\` or \`deliveryLeaseMs\` runs out, and one sweep or
  one check of BullMQ later it is found; with the sweep's spread of an eighth.
- A lost doorbell delays a run by \`overdueMs\` and a sweep: under 6 s.
- A cancellation that Redis lost is heard within a heartbeat, under the 2 s in which a cancelled run settles.
- A stop ends in order: \`drainMs\` and \`deliveryDrainMs\` together leave 8 s of \`stopWithinMs\`.
- Slack is acknowledged in time or not at all: what Redis may cost (\`redisCommandMs\`) is not waited for before, and what
  waits for MongoDB longer than Slack's three seconds comes again and is known by its ids.
- A write that is under way when its process dies is over before another process begins to repeat it, or is read back:
  \`platformCallMs\` may be longer than a lease, so a post is always looked for before it is repeated.

${table(timings(), source, 'Source')}

## What a process takes on

[core/limits.ts](../${LIMITS_FILE})

${table(limits(), source, 'Source')}

${Object.entries(PLATFORM_FILES)
  .map(
    ([title, file]) =>
      `## ${title}\n\n${place({ file } as Limit)}\n\n${table(ofPlatform(file), source, 'Source')}`,
  )
  .join('\n\n')}

## Beside their use

${table(besideTheirUse(), place, 'Where')}
`;
}
