import { type Json, objectOf, objectsOf, stringOf } from './json.ts';
import { escapeWire } from './readable-text.ts';

/** The text of a message that says nothing but in blocks, in Slack's wire form; empty when the blocks hold none. */
export function blockText(blocks: unknown): string {
  return objectsOf(blocks).map(textOfBlock).filter(Boolean).join('\n');
}

function textOfBlock(block: Json): string {
  switch (block['type']) {
    case 'rich_text':
      return objectsOf(block['elements']).map(textOfRichElement).join('\n');
    case 'section':
      return [block['text'], ...objectsOf(block['fields'])].map(textOfTextObject).filter(Boolean).join('\n');
    case 'header':
      return textOfTextObject(block['text']);
    case 'markdown':
      return escapeWire(stringOf(block['text']) ?? '');
    case 'context':
      return objectsOf(block['elements']).map(textOfTextObject).filter(Boolean).join(' ');
    case 'image':
    case 'video':
      return escapeWire(stringOf(block['alt_text']) ?? '');
    default:
      return '';
  }
}

/** `mrkdwn` is wire form as it is; `plain_text` is not. */
function textOfTextObject(value: unknown): string {
  const { type, text } = objectOf(value);
  if (typeof text !== 'string') return '';
  return type === 'mrkdwn' ? text : escapeWire(text);
}

function textOfRichElement(element: Json): string {
  const inner = objectsOf(element['elements']);
  switch (element['type']) {
    case 'rich_text_list':
      return inner.map((item) => `- ${textOfRichElement(item)}`).join('\n');
    case 'rich_text_quote':
      return inner.map(textOfInline).join('').replace(/^/gm, '> ');
    case 'rich_text_preformatted':
      return `\`\`\`\n${inner.map(textOfInline).join('')}\n\`\`\``;
    default:
      return inner.map(textOfInline).join('');
  }
}

function textOfInline(element: Json): string {
  const text = stringOf(element['text']);
  switch (element['type']) {
    case 'text':
      return escapeWire(text ?? '');
    case 'link':
      return text === undefined
        ? `<${escapeWire(stringOf(element['url']) ?? '')}>`
        : `<${escapeWire(stringOf(element['url']) ?? '')}|${escapeWire(text)}>`;
    case 'user':
      return `<@${stringOf(element['user_id']) ?? ''}>`;
    case 'channel':
      return `<#${stringOf(element['channel_id']) ?? ''}>`;
    case 'usergroup':
      return `<!subteam^${stringOf(element['usergroup_id']) ?? ''}>`;
    case 'broadcast':
      return `<!${stringOf(element['range']) ?? 'here'}>`;
    case 'emoji':
      return `:${stringOf(element['name']) ?? ''}:`;
    default:
      return '';
  }
}
