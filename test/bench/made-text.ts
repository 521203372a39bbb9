/** Words of a made-up language, and how often they are used, by Zipf's law: few of them all the time. */
const VOCABULARY = 20_000;

const SYLLABLES = [
  'ba',
  'ke',
  'lo',
  'mi',
  'nu',
  'ra',
  'se',
  'ti',
  'vo',
  'za',
  'pel',
  'dor',
  'gan',
  'fil',
  'sum',
];

const WORDS_IN_SENTENCE = 14;

export type Vocabulary = (random: () => number) => string;

/** Picks words as texts use them. */
export function words(random: () => number): Vocabulary {
  const all = Array.from({ length: VOCABULARY }, () => {
    const length = 2 + Math.floor(random() * 3);
    return Array.from({ length }, () => SYLLABLES[Math.floor(random() * SYLLABLES.length)]).join('');
  });
  return (next) => all[Math.floor(VOCABULARY ** next()) - 1] ?? 'ba';
}

export function sentence(random: () => number, vocabulary: Vocabulary): string {
  const text = Array.from({ length: WORDS_IN_SENTENCE }, () => vocabulary(random)).join(' ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
