import { sanitiseText } from '../../core/rendering/sanitise.ts';

/** Names that are known by now; `undefined` where they are not. */
export type Names = {
  userName(id: string): string | undefined;
  channelName(id: string): string | undefined;
};

const ENTITIES: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' };

/**
 * Slack's wire form → text as a person reads it: the bot's mention removed, other mentions `@name` (the id while the
 * name is unknown), channels `#name`, labelled links in Markdown, entities decoded once, unsafe characters removed.
 */
export function readableText(wire: string, botUserId: string, names: Names): string {
  const withoutBot = wire
    .replace(new RegExp(`^\\s*<@${botUserId}(?:\\|[^<>]*)?>[\\s,:]*`), '')
    .replace(new RegExp(`[ \\t]?<@${botUserId}(?:\\|[^<>]*)?>`, 'g'), '');
  const readable = withoutBot.replace(/<([^<>\n]+)>|&(?:lt|gt|amp);/g, (whole: string, token?: string) =>
    token === undefined ? (ENTITIES[whole] ?? whole) : readableToken(token, names),
  );
  return sanitiseText(readable).trim();
}

export function mentions(wire: string, userId: string): boolean {
  return wire.includes(`<@${userId}>`) || wire.includes(`<@${userId}|`);
}

export function escapeWire(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function unescapeWire(text: string): string {
  return text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}

function readableToken(token: string, names: Names): string {
  const bar = token.indexOf('|');
  const target = bar === -1 ? token : token.slice(0, bar);
  const label = bar === -1 ? undefined : unescapeWire(token.slice(bar + 1));
  const id = target.slice(1);
  switch (target[0]) {
    case '@':
      return `@${label || names.userName(id) || id}`;
    case '#':
      return `#${label || names.channelName(id) || id}`;
    case '!':
      return readableCommand(id, label);
    default:
      return readableLink(unescapeWire(target), label);
  }
}

/** `<!here>`, `<!subteam^S1|@team>`, `<!date^…|fallback>`. */
function readableCommand(command: string, label: string | undefined): string {
  if (command.startsWith('date^')) return label ?? '';
  const name = label ?? command.replace(/^subteam\^/, '');
  return name.startsWith('@') ? name : `@${name}`;
}

function readableLink(url: string, label: string | undefined): string {
  const plain = url.replace(/^(?:mailto|tel):/, '');
  if (label === undefined || label === '' || label === url || label === plain) return plain;
  return `[${label}](${url})`;
}
