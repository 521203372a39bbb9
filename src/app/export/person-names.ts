import type { Author, Message } from '../../core/messages/message.ts';

/** Shorter names and ids are other words too often to be replaced inside text. */
const SHORTEST = 3;

/** Puts `person_1`, `person_2` … in the place of people, the same for one person throughout. */
export type Masking = {
  /** Makes people known, so that they are found in text that was said before them. */
  meet(authors: readonly (Author | null)[]): void;
  nameOf(author: Author): string;
  text(text: string): string;
  value(value: unknown): unknown;
};

/** @param isOff Leaves people as they are. */
export function createMasking(isOff: boolean): Masking {
  const masks = new Map<string, string>();
  const words = new Map<string, string>();
  let pattern: RegExp | null = null;

  function maskOf({ id, name }: Author): string {
    const mask = masks.get(id) ?? `person_${masks.size + 1}`;
    masks.set(id, mask);
    for (const word of [id, name ?? '']) {
      if (word.length < SHORTEST || words.has(word)) continue;
      words.set(word, mask);
      pattern = null;
    }
    return mask;
  }

  function text(said: string): string {
    if (isOff || words.size === 0) return said;
    // The longest first: a full name before the first name that it begins with.
    pattern ??= new RegExp(
      `(?<![\\p{L}\\p{N}_])(?:${[...words.keys()]
        .toSorted((left, right) => right.length - left.length)
        .map((word) => word.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`))
        .join('|')})(?![\\p{L}\\p{N}_])`,
      'gu',
    );
    return said.replace(pattern, (word) => words.get(word) ?? word);
  }

  function value(held: unknown): unknown {
    if (typeof held === 'string') return text(held);
    if (Array.isArray(held)) return held.map(value);
    if (typeof held !== 'object' || held === null) return held;
    return Object.fromEntries(Object.entries(held).map(([key, each]) => [key, value(each)]));
  }

  return {
    meet(authors) {
      for (const author of authors) if (author !== null) maskOf(author);
    },
    nameOf: (author) => (isOff ? (author.name ?? author.id) : maskOf(author)),
    text,
    value,
  };
}

/** Who a thread's messages are of, or name. */
export function authorsOf(messages: readonly Message[]): (Author | null)[] {
  return messages.flatMap(({ author, deniedBy }) => (deniedBy === undefined ? [author] : [author, deniedBy]));
}
