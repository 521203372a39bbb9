/** Words that every text has: they tell nothing of what is asked. */
const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    'a about after all also am an and any are as at be because been before being but by can could did do does doing ' +
    'down for from get had has have having he hello her here hey hi him his how i if in into is it its just know let ' +
    'like many may me might more most much must my need no nor not of off on once only or other our out over own ' +
    'please same say she should so some such tell than thank thanks that the their them then there these they this ' +
    'those through to too under until up us use very want was we were what when where which while who whom why will ' +
    'with would yes you your'
  ).split(' '),
);

const WORD = /[\p{L}\p{N}]+/gu;

/** Scripts that put no space between words: a dictionary tells where they begin. */
const WITHOUT_SPACES =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;
const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

/** Longer ones are keys and hashes, which nobody asks for by a part. */
const MAX_TERM_LENGTH = 64;

/** The words of a text as the index knows them: folded, stemmed, without stop words, in their order. */
export function termsOf(text: string): string[] {
  return wordsOf(text).flatMap((word) => termOf(word) ?? []);
}

/** The words of a text: names of code as wholes and in their parts, `maxSteps` and `max_steps` alike. */
export function wordsOf(text: string): string[] {
  const spread = text.replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2');
  const words = spread.match(WORD) ?? [];
  if (!WITHOUT_SPACES.test(spread)) return words;
  return words.flatMap((word) => (WITHOUT_SPACES.test(word) ? segmentsOf(word) : [word]));
}

function segmentsOf(word: string): string[] {
  return Array.from(segmenter.segment(word), ({ segment }) => segment);
}

/** Words of which it is kept what they came to, and then all are forgotten: a few megabytes. */
const MAX_KNOWN = 20_000;

/** Texts say the same words again and again. */
const known = new Map<string, string | null>();

/** Null for words that tell nothing. */
export function termOf(word: string): string | null {
  let term = known.get(word);
  if (term === undefined) {
    term = made(word);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(word, term);
  }
  return term;
}

function made(word: string): string | null {
  const folded = word.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().slice(0, MAX_TERM_LENGTH);
  if (folded === '' || STOP_WORDS.has(folded)) return null;
  return stemmed(folded);
}

/**
 * Takes the commonest endings of English off (plural, -ed, -ing), so that a question finds the words of an answer. It
 * errs on the side of keeping a word; other languages are left nearly as they are.
 */
function stemmed(word: string): string {
  if (word.length <= 3 || /\d/.test(word)) return word;
  let stem = word;
  if (stem.endsWith('ies') && stem.length > 4) stem = `${stem.slice(0, -3)}y`;
  else if (/(s|x|z|ch|sh)es$/.test(stem)) stem = stem.slice(0, -2);
  else if (/[^su]s$/.test(stem)) stem = stem.slice(0, -1);
  const ending = /(ing|ed)$/.exec(stem)?.[0];
  if (ending !== undefined) {
    const cut = stem.slice(0, -ending.length);
    if (cut.length >= 3 && /[aeiouy]/.test(cut)) {
      stem = /([^lsz])\1$/.test(cut) ? cut.slice(0, -1) : cut;
    }
  }
  // "store", "storing" and "stored" meet without their last "e".
  return stem.length > 4 && stem.endsWith('e') ? stem.slice(0, -1) : stem;
}
