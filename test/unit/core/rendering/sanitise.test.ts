import { fc } from '../../../fixtures/fast-check.ts';
import { describe, expect, it } from 'vitest';
import { createTextSanitiser, isBlank, sanitiseText } from '../../../../src/core/rendering/sanitise.ts';

const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\0',
        '\r',
        '\n',
        '\r\n',
        '\ud83d',
        '\ude00',
        '😀',
        '\u0085',
        '\t',
        'a',
        '\ufeff',
        '\u200d',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(''));

describe('sanitising text', () => {
  it('null bytes and control characters go, line ends become line feeds, lone surrogates are marked', () => {
    expect(sanitiseText('a\0b\u001bc\td\r\ne\rf')).toBe('abc\td\ne\nf');
    expect(sanitiseText('x\ud83dy 😀')).toBe('x\ufffdy 😀');
  });

  it('what is sane already stays as it is', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const once = sanitiseText(text);
        expect(sanitiseText(once)).toBe(once);
        expect(once.isWellFormed()).toBe(true);
        expect(once).not.toMatch(/[\0\r]/);
      }),
    );
  });

  it('a stream is sanitised as its whole text would be, wherever it was cut', () => {
    fc.assert(
      fc.property(hostile, fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1 }), (text, sizes) => {
        const sanitiser = createTextSanitiser();
        let written = '';
        for (let at = 0, turn = 0; at < text.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          written += sanitiser.write(text.slice(at, at + size));
          at += size;
        }
        expect(written + sanitiser.end()).toBe(sanitiseText(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(['', ' \n\t', '\u200b\u200d', '\0\0', '\ufeff'])('%j is blank', (text) => {
    expect(isBlank(text)).toBe(true);
  });

  it.each(['a', ' .', '😀', '\u200bx', '\u00e9'])('%j is not blank', (text) => {
    expect(isBlank(text)).toBe(false);
  });
});
