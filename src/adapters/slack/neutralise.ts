/** Seen by nobody, but it keeps Slack from reading what it stands in as a mention. */
const ZERO_WIDTH = '\u200b';

/** `<` in every spelling that a Markdown reader makes a `<` of, then a mention's sign in every such spelling. */
const CONTROL_START =
  /(<|&lt;|&#0*60;|&#x0*3c;)(?=\\*(?:[@#!]|&#0*(?:64|35|33);|&#x0*(?:40|23|21);|&(?:commat|num|excl);))/gi;

/** `@channel` and its kin: Slack makes mentions of them where names are linked. */
const BROADCAST = /(@|&#0*64;|&#x0*40;|&commat;)(?=(?:channel|here|everyone|group)\b)/gi;

/**
 * Makes every mention in a text dead: users, channels, groups, broadcasts, inside code too. What a reader sees stays the
 * same. Idempotent, and never makes a text shorter.
 */
export function neutraliseMentions(text: string): string {
  return text.replace(CONTROL_START, `$1${ZERO_WIDTH}`).replace(BROADCAST, `$1${ZERO_WIDTH}`);
}
