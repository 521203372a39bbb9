import { sanitiseText } from '../../core/rendering/sanitise.ts';
import type { TextFormat } from '../../core/ports.ts';
import { neutraliseMentions } from './neutralise.ts';
import { escapeWire } from './readable-text.ts';
import { PART_LIMIT, UPDATE_TEXT_LIMIT } from './limits.ts';

/** Enough for a notification; the message itself is in the block. */
const NOTIFICATION_LENGTH = 300;

/** Slack reads Markdown itself, so a part is the model's Markdown with its mentions made dead. */
export const slackText: TextFormat = {
  limit: PART_LIMIT,
  format: (markdown) => neutraliseMentions(sanitiseText(markdown)),
};

export type SlackContent = { text: string; blocks?: { type: 'markdown'; text: string }[] };

/** A formatted part as a `markdown` block, with its beginning as the text of notifications. */
export function markdownContent(formatted: string): SlackContent {
  const start = formatted.slice(0, NOTIFICATION_LENGTH).toWellFormed();
  return { text: escapeWire(start), blocks: [{ type: 'markdown', text: formatted }] };
}

/** The same part without blocks, for a workspace that refuses them: Markdown shown as it was written. */
export function plainContent(formatted: string): SlackContent {
  const escaped = escapeWire(formatted);
  return { text: escaped.length <= UPDATE_TEXT_LIMIT ? escaped : formatted };
}
