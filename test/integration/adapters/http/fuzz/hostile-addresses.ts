import type { Dice } from './dice.ts';
import { HOSTILE_TEXTS, hostileText } from './hostile-values.ts';
import { type Described, type Operation, type Parameter, sample } from './operations.ts';

const PATH_PARTS: readonly string[] = [
  '%00',
  '%',
  '%ff',
  '%zz',
  '%ED%A0%80',
  '..',
  '.',
  '%2e%2e',
  'a%2Fb',
  'a b',
  '\xff\xfe',
  '*',
  ':thread_id',
  '0',
  '000000000000000000000',
  '00000000-0000-0000-0000-000000000000',
  'x'.repeat(700),
];

const QUERIES: readonly string[] = [
  'limit[$gt]=',
  'metadata[$where]=1',
  'metadata[a.b]=1',
  'metadata[__proto__]=1',
  'metadata[a]=1&metadata[a]=2',
  'metadata=1&metadata[a]=2',
  '__proto__[x]=1',
  'cursor=%ff',
  'cursor=OTk5OTk5OTk5OTk5OTk5OTk5IHg',
  'cursor=MTcwMDAwMDAwMDAwMCB7IiRndCI6IiJ9',
  'limit=1&limit=2',
  'limit=1e3',
  'a=%',
  'x=%00',
  '[]=1&][=2',
  '&&&==&',
  'stream_mode=["values"',
  'stream_mode=values&stream_mode=debug',
  'select=["status",1]',
  'wait=2&action=destroy',
  Array.from({ length: 500 }, (_, n) => `q${n}=1`).join('&'),
];

/** The path of an operation; one that is not `isAimedAt` mostly names what is there. */
export function pathOf(
  { path, parameters }: Operation,
  idOf: (name: string) => unknown,
  isAimedAt: boolean,
  dice: Dice,
): { text: string; isMangled: boolean } {
  let isMangled = false;
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const isKnown = parameters.some((parameter) => parameter.name === name);
    if (isKnown && !dice.chance(isAimedAt ? 0.4 : 0.02)) return String(idOf(name));
    isMangled = true;
    return dice.chance(0.5) ? dice.pick(PATH_PARTS) : encoded(hostileText(dice));
  });
  return { text: dice.chance(0.2) ? `${filled}/` : filled, isMangled };
}

export function queryOf(
  { parameters }: Operation,
  described: Described,
  isAimedAt: boolean,
  dice: Dice,
): string {
  const parts = parameters
    .filter((parameter) => parameter.in === 'query' && dice.chance(0.4))
    .map((parameter) => parameterOf(parameter, described, isAimedAt && dice.chance(0.6), dice));
  if (isAimedAt && dice.chance(0.4)) parts.push(dice.pick(QUERIES));
  if (isAimedAt && dice.chance(0.1))
    parts.push(`${encoded(hostileText(dice))}=${encoded(hostileText(dice))}`);
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

function parameterOf(
  { name, schema, example }: Parameter,
  described: Described,
  isHostile: boolean,
  dice: Dice,
): string {
  if (isHostile) return `${name}=${encoded(dice.pick(HOSTILE_TEXTS))}`;
  const fillings = { known: () => undefined, anything: () => 'gold' };
  const value = example ?? sample(schema, described, fillings, dice);
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, item]) => `${name}[${encoded(key)}]=${encoded(String(item))}`)
      .join('&');
  }
  return `${name}=${encoded(String(value))}`;
}

/** Short enough for a request line, and without what has no encoding. */
function encoded(text: string): string {
  return encodeURIComponent(text.slice(0, 1_000).toWellFormed()) || 'x';
}
