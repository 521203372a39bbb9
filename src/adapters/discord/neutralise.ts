const ZERO_WIDTH_SPACE = '\u200b';

/**
 * Breaks everything that Discord would read as a mention, in code too: where Discord ends a code span is Discord's
 * decision. The true guard is `allowed_mentions`; this keeps the text from even looking like a ping.
 */
export function neutraliseMentions(text: string): string {
  return text
    .replace(/@(?=everyone|here)/gi, `@${ZERO_WIDTH_SPACE}`)
    .replace(/<(?=(?:@[!&]?|#)\d+>)/g, `<${ZERO_WIDTH_SPACE}`);
}
