import type { Dice } from './dice.ts';
import { hostileText, hostileValue, spoil, toJson } from './hostile-values.ts';
import { type Described, type Operation, sample } from './operations.ts';

/** The largest body that is read. */
export const MIB = 1024 * 1024;

/** A body for an operation; one that is not `isAimedAt` is as the document says, but for what may be anything. */
export function bodyOf(
  { body: schema }: Operation,
  described: Described,
  idOf: (name: string) => unknown,
  isAimedAt: boolean,
  dice: Dice,
): Buffer {
  const fillings = {
    known: idOf,
    anything: () => (dice.chance(0.6) ? hostileValue(dice) : 'gold'),
  };
  const wanted = schema === null ? {} : sample(schema, described, fillings, dice);
  if (!isAimedAt) return Buffer.from(toJson(wanted));
  let value = wanted;
  for (let spoiled = dice.pick([1, 1, 1, 2, 3]); spoiled > 0; spoiled -= 1) value = spoil(value, dice);
  const text = toJson(value);
  if (dice.chance(0.8)) return Buffer.from(text);
  const bytes = Buffer.from(text);
  return dice.pick<() => Buffer>([
    () => bytes.subarray(0, dice.below(bytes.length)),
    () => Buffer.from(`\uFEFF${text}`),
    () => Buffer.from(`${text},`),
    () => Buffer.from(`${text} // a comment`),
    () => Buffer.from('{"metadata":NaN}'),
    () => Buffer.from('limit=1&offset=2'),
    () => Buffer.from('[[[['.repeat(50_000)),
    () => Buffer.from(`{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`),
    () => Buffer.concat([bytes, Buffer.from([0])]),
    () => withByte(bytes, dice.pick([0x00, 0x80, 0xc3, 0xff, 0xed]), dice),
    () => Buffer.from(JSON.stringify({ metadata: { a: 'x'.repeat(dice.pick([300_000, MIB])) } })),
    () => Buffer.from(JSON.stringify(hostileText(dice))),
  ])();
}

function withByte(bytes: Buffer, byte: number, dice: Dice): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) copy[dice.below(copy.length)] = byte;
  return copy;
}
