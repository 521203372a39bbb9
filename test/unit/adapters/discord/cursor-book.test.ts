import { describe, expect, it } from 'vitest';
import { CursorBook } from '../../../../src/adapters/discord/cursor-book.ts';

function bookOver(saved: Map<string, string>) {
  let away = false;
  const book = new CursorBook({
    load: async () => saved,
    async save(positions) {
      if (away) throw new Error('away');
      for (const [key, value] of positions) saved.set(key, value);
    },
  });
  return { book, setAway: (value: boolean) => (away = value) };
}

const padded = (id: string) => id.padStart(20, '0');

describe('the positions of channels', () => {
  it('are kept back while messages may be missing, and saved when none is', async () => {
    const saved = new Map<string, string>();
    const { book } = bookOver(saved);
    book.freeze('g', 'session');
    book.freeze('g', 'overflow');
    book.persisted('g', 'c', '100');
    book.thaw('g', 'session');
    await book.save();
    expect(saved.size).toBe(0);
    book.thaw('g', 'overflow');
    await book.save();
    expect(saved).toEqual(
      new Map([
        ['discord:c', padded('100')],
        ['discord:g', padded('100')],
      ]),
    );
  });

  it('a guild is never marked beyond a message that is still on its way', async () => {
    const saved = new Map<string, string>();
    const { book } = bookOver(saved);
    book.received('g', '99');
    book.received('g', '100');
    book.persisted('g', 'c', '100');
    await book.save();
    expect(saved.has('discord:g')).toBe(false);
    expect(saved.get('discord:c')).toBe(padded('100'));
    book.persisted('g', 'd', '99');
    await book.save();
    expect(saved.get('discord:g')).toBe(padded('100'));
  });

  it('that could not be saved are saved the next time, never backwards', async () => {
    const saved = new Map<string, string>();
    const { book, setAway } = bookOver(saved);
    book.persisted('g', 'c', '9');
    setAway(true);
    await expect(book.save()).rejects.toThrow('away');
    setAway(false);
    book.persisted('g', 'c', '10');
    book.persisted('g', 'c', '8');
    await book.save();
    expect(saved.get('discord:c')).toBe(padded('10'));
  });
});
