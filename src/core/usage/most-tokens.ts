/**
 * More tokens than a text has. A token is a byte at least, and where a vocabulary has nearly all pairs of letters, as all that
 * we know have, three letters make two tokens at most; rare letters, capitals and what is no letter count for more, and text
 * beyond ASCII by its bytes. About twice what plain English has (test: never less than what o200k_base and cl100k_base
 * count, of words, code, ids and noise). Pure.
 */
export function mostTokens(text: string): number {
  let twelfths = 0;
  let before = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    twelfths += before === SPACE && !isLetter(code) ? TWELFTHS_OF_OTHERS : 0;
    twelfths += twelfthsOf(code);
    before = code;
  }
  return Math.ceil((twelfths + (before === SPACE ? TWELFTHS_OF_OTHERS : 0)) / 12);
}

const SPACE = 0x20;
/** Of a token: letters that nearly every pair of is in the vocabularies, those that stand beside few others, and the rest. */
const TWELFTHS_OF_LETTERS = 8;
const TWELFTHS_OF_RARE_LETTERS = 11;
const TWELFTHS_OF_OTHERS = 12;
const RARE = new Set('qxzjvkw'.split('').map((letter) => letter.charCodeAt(0)));

function twelfthsOf(code: number): number {
  // It goes with the word after it; where none follows it is counted then.
  if (code === SPACE) return 0;
  if (code >= 0x61 && code <= 0x7a) return RARE.has(code) ? TWELFTHS_OF_RARE_LETTERS : TWELFTHS_OF_LETTERS;
  if (code >= 0x41 && code <= 0x5a) return TWELFTHS_OF_RARE_LETTERS;
  if (code < 0x80) return TWELFTHS_OF_OTHERS;
  if (code < 0x800) return 2 * TWELFTHS_OF_OTHERS;
  // Half of a pair stands for two of its four bytes.
  const isHalf = code >= 0xd800 && code <= 0xdfff;
  return (isHalf ? 2 : 3) * TWELFTHS_OF_OTHERS;
}

function isLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
}
