/** C0 and C1 controls but tab and line feed, plus U+FEFF: invisible, refused by MongoDB drivers or platforms, or both. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufeff]/g;

/**
 * Makes any string safe to store, send and show: line ends become `\n`, control characters but tab and line feed are
 * removed (null bytes among them), lone surrogates become U+FFFD. Everything else stays. Idempotent.
 */
export function sanitiseText(text: string): string {
  // Lone halves go first: removing a control between two of them must not make a character of them.
  return text.toWellFormed().replace(/\r\n?/g, '\n').replace(CONTROLS, '');
}

export interface TextSanitiser {
  /** Takes the next chunk, returns what of it is certain by now. */
  write(chunk: string): string;
  /** Returns what was held back. The sanitiser is then as new. */
  end(): string;
}

/**
 * Sanitises a stream. All that `write` and `end` return, joined, equals `sanitiseText` of all chunks joined, however
 * the text was cut: half a surrogate pair or a carriage return at a chunk's end waits for the next chunk.
 */
export function createTextSanitiser(): TextSanitiser {
  let held = '';
  return {
    write(chunk) {
      const text = held + chunk;
      held = /[\r\ud800-\udbff]$/.exec(text)?.[0] ?? '';
      return sanitiseText(text.slice(0, text.length - held.length));
    },
    end() {
      const rest = sanitiseText(held);
      held = '';
      return rest;
    },
  };
}

/** Whether a reader would see nothing: only white space, control or zero-width characters. */
export function isBlank(text: string): boolean {
  return !/[^\s\p{Cc}\u200b-\u200f\u2060\ufeff]/u.test(text);
}
