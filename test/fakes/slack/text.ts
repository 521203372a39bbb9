import { blockText } from './content-rules.ts';
import type { JsonObject } from './types.ts';

/** A typed text in Slack's wire form. */
export function escapeText(typed: string): string {
  return typed.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The inverse of `escapeText`. */
export function unescapeText(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

const controlSequence = /<(?:[@#!][^<>\s][^<>]*|(?:https?:\/\/|mailto:|tel:)[^<>]+)>/g;

/** What Slack makes of a posted `text`: control sequences and entities stay, other `&`, `<` and `>` become entities. */
export function normaliseText(text: string): string {
  let normal = '';
  let from = 0;
  for (const match of text.matchAll(controlSequence)) {
    normal += escapeLoose(text.slice(from, match.index)) + match[0];
    from = match.index + match[0].length;
  }
  return normal + escapeLoose(text.slice(from));
}

function escapeLoose(text: string): string {
  return text
    .replace(/&(?!(?:amp|lt|gt);)/g, '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** What a person reads of a message. */
export function visibleText(content: {
  text: string;
  markdown: string | undefined;
  blocks: readonly JsonObject[] | undefined;
}): string {
  if (content.markdown !== undefined) return content.markdown;
  if (content.blocks !== undefined && content.blocks.length > 0) return blockText(content.blocks);
  return unescapeText(content.text);
}

/** Mentions that would notify somebody: `<!channel>`, `<!here>`, `<!everyone>`, user groups and users. */
export function liveMentions(text: string): string[] {
  return (
    text.match(
      /<!(?:channel|here|everyone|group)(?:\|[^>]*)?>|<!subteam\^[^>]+>|<@[UW][A-Z0-9]+(?:\|[^>]*)?>/g,
    ) ?? []
  );
}
