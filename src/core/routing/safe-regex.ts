import { RE2JS } from 're2js';

/** A regular expression that runs in time linear to its input, whatever the pattern (RE2). */
export interface SafeRegex {
  readonly source: string;
  test(text: string): boolean;
  /** The named groups of the first match, or undefined when there is none; unmatched groups are left out. */
  groups(text: string): Record<string, string> | undefined;
  /** Names of the pattern's named groups. */
  readonly groupNames: readonly string[];
}

/** Longer patterns are refused: nobody reads them, and compiling costs memory in proportion. */
export const MAX_PATTERN_LENGTH = 1_000;

const FLAGS: Readonly<Record<string, number>> = {
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
};

/**
 * Compiles a pattern with options of MongoDB's `$options` (`i`, `m`, `s`).
 * Never throws: what RE2 does not take (lookaround, back references) comes back as a sentence.
 */
export function compileSafeRegex(pattern: string, options = ''): SafeRegex | { readonly fault: string } {
  if (pattern.length > MAX_PATTERN_LENGTH)
    return { fault: `is longer than ${MAX_PATTERN_LENGTH} characters` };
  let flags = 0;
  for (const option of options) {
    const flag = Object.hasOwn(FLAGS, option) ? FLAGS[option] : undefined;
    if (flag === undefined) return { fault: `has the unknown option "${option}"; known are i, m and s` };
    flags |= flag;
  }
  try {
    return safeRegex(pattern, options, RE2JS.compile(pattern, flags));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      fault: `is not a pattern that RE2 takes (${reason}); lookaround and back references are left out`,
    };
  }
}

function safeRegex(pattern: string, options: string, compiled: RE2JS): SafeRegex {
  return {
    source: `/${pattern}/${options}`,
    groupNames: Object.keys(compiled.namedGroups()),
    test: (text) => compiled.matcher(text).find(),
    groups: (text) => {
      const matcher = compiled.matcher(text);
      if (!matcher.find()) return undefined;
      const found = Object.entries(matcher.getNamedGroups());
      return Object.fromEntries(found.filter((entry): entry is [string, string] => entry[1] !== null));
    },
  };
}
