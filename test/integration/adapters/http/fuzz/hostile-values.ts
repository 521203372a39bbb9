import type { Dice } from './dice.ts';

/** JSON that no value of JavaScript stands for, written as it is. */
export class RawJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export const HOSTILE_TEXTS: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud83d',
  'x\udc00',
  '{"$gt":""}',
  '[$ne]',
  '$where',
  'a.b',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  '%00',
  '%',
  '%ff',
  '<script>alert(1)</script>',
  "' OR 1=1 --",
  '-1',
  '0x10',
  '1e309',
  '٣',
  'NaN',
  'null',
  '-Infinity',
  'a\r\nSet-Cookie: b=c',
  '\u202Egnp.exe',
  '\uFEFF',
  '👩‍👩‍👧‍👦',
  '0'.repeat(30),
  '9'.repeat(400),
  '(a+)+$',
  'x'.repeat(5_000),
  'ﷺ'.repeat(20_000),
];

const KEYS = ['$gt', '$where', '$expr', 'a.b', '.', '$', '', 'a\0b', '\ud800', '_id', '_bsontype', 'toJSON'];

const nested = (levels: number, open: string, close: string) =>
  new RawJson(`${open.repeat(levels)}1${close.repeat(levels)}`);

const HOSTILE_VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e21,
  -1.7e308,
  Number.MAX_SAFE_INTEGER + 2,
  [],
  {},
  [null],
  { $gt: '' },
  { $ne: null },
  { $where: 'sleep(1000)' },
  { $regex: '(a+)+$' },
  { $in: [] },
  { 'a.b': 1 },
  { a: { $set: { b: 1 } } },
  { length: 1e9 },
  { toString: 1, valueOf: 2 },
  { toJSON: 'x' },
  { toBSON: 'x' },
  { _bsontype: 'ObjectId', id: 'x' },
  { _bsontype: 'Long', low: 1, high: 1 },
  { _bsontype: 'Code', code: 'while(1);' },
  { $date: 1 },
  { $oid: '000000000000000000000000' },
  { type: 'Buffer', data: [1, 2, 3] },
  Array.from({ length: 3_000 }, () => null),
  Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`key${n}`, n])),
  new RawJson('1e999'),
  new RawJson('-0'),
  new RawJson('123456789012345678901234567890'),
  new RawJson('0.1e-400'),
  new RawJson('{"then":1}'),
  new RawJson('{"a":1,"a":2}'),
  new RawJson('{"__proto__":{"isAdmin":true}}'),
  new RawJson('{"constructor":{"prototype":{"isAdmin":true}}}'),
  new RawJson('"\\ud83d"'),
  nested(70, '[', ']'),
  nested(90, '{"a":', '}'),
  nested(5_000, '[', ']'),
];

export function hostileText(dice: Dice): string {
  return dice.pick(HOSTILE_TEXTS);
}

export function hostileValue(dice: Dice): unknown {
  return dice.chance(0.4) ? hostileText(dice) : dice.pick(HOSTILE_VALUES);
}

/** The value with something hostile at a random place in it. */
export function spoil(value: unknown, dice: Dice): unknown {
  if (value instanceof RawJson || value === null || typeof value !== 'object' || dice.chance(0.2)) {
    const wrapped = dice.pick([[value], { $gt: value }, { $in: [value] }]);
    return dice.chance(0.2) ? wrapped : hostileValue(dice);
  }
  if (Array.isArray(value)) {
    if (value.length === 0) return [hostileValue(dice)];
    const at = dice.below(value.length);
    return value.map((item: unknown, index) => (index === at ? spoil(item, dice) : item));
  }
  const entries = Object.entries(value);
  if (entries.length === 0 || dice.chance(0.15)) {
    const key = dice.pick([...KEYS, ...entries.map(([name]) => `${name}x`), hostileText(dice)]);
    return Object.fromEntries([...entries, [key, hostileValue(dice)]]);
  }
  const at = dice.below(entries.length);
  if (dice.chance(0.1)) return Object.fromEntries(entries.filter((_, index) => index !== at));
  return Object.fromEntries(
    entries.map(([key, child], index) => [key, index === at ? spoil(child, dice) : child]),
  );
}

export function toJson(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, child]) => child !== undefined);
  return `{${entries.map(([key, child]) => `${JSON.stringify(key)}:${toJson(child)}`).join(',')}}`;
}
