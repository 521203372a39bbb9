import { invalidForm, refusals } from './api-error.ts';
import type { Context } from './context.ts';
import type { Json } from './json.ts';
import { asObject, asObjects, asStrings } from './json.ts';
import { messageFlags } from './message-actions.ts';
import type { UploadedFile } from './rest/body.ts';

/** Longest text of a message. Discord counts characters; the fake counts UTF-16 units, which is never more lenient. */
const maxContent = 2_000;
const maxEmbeds = 10;
const maxEmbedText = 6_000;
const maxFiles = 10;
const maxComponents = 40;
const maxNonce = 25;

const settableFlags =
  messageFlags.suppressEmbeds |
  messageFlags.suppressNotifications |
  messageFlags.voice |
  messageFlags.componentsV2;

/** The text as Discord stores it: without NUL and without white space at its ends. Undefined when none was given. */
export function readContent(body: Json): string | undefined {
  const content = body['content'];
  if (content === undefined || content === null) return undefined;
  if (typeof content !== 'string' && typeof content !== 'number') {
    throw invalidForm('content', 'STRING_TYPE_CONVERT', 'Could not interpret value as string.');
  }
  const text = String(content);
  if (!text.isWellFormed()) throw refusals.invalidJson();
  if (text.length > maxContent) {
    throw invalidForm('content', 'BASE_TYPE_MAX_LENGTH', `Must be ${maxContent} or fewer in length.`);
  }
  return text.replaceAll('\0', '').trim();
}

/** The nonce, at most 25 characters (or an integer). */
export function readNonce(body: Json): string | number | undefined {
  const nonce = body['nonce'];
  if (nonce === undefined || nonce === null) return undefined;
  if (typeof nonce === 'number' && Number.isInteger(nonce)) return nonce;
  if (typeof nonce !== 'string') {
    throw invalidForm('nonce', 'NONCE_TYPE_INVALID', 'Nonce must be a string or an integer.');
  }
  if (nonce.length > maxNonce) {
    throw invalidForm('nonce', 'BASE_TYPE_MAX_LENGTH', `Must be ${maxNonce} or fewer in length.`);
  }
  return nonce;
}

/** The flags a caller may set; `more` adds bits that only some routes take. */
export function readFlags(body: Json, more = 0): number | undefined {
  const flags = body['flags'];
  if (flags === undefined || flags === null) return undefined;
  if (typeof flags !== 'number' || !Number.isInteger(flags) || flags < 0) {
    throw invalidForm('flags', 'NUMBER_TYPE_COERCE', 'Value is not int.');
  }
  if ((flags & ~(settableFlags | more)) !== 0) {
    throw invalidForm('flags', 'BITFIELD_INVALID_FLAGS', 'One or more of the flags may not be set.');
  }
  return flags;
}

function countComponents(components: Json[]): number {
  return components.reduce((sum, item) => {
    const inner = countComponents(asObjects(item['components']));
    return sum + 1 + inner + (asObject(item['accessory']) ? 1 : 0);
  }, 0);
}

/** Components; with `v2` up to 40 in all, else five rows. */
export function readComponents(body: Json, v2: boolean): Json[] | undefined {
  if (body['components'] === undefined || body['components'] === null) return undefined;
  const components = asObjects(body['components']);
  if (v2 && countComponents(components) > maxComponents) {
    throw invalidForm('components', 'BASE_TYPE_BAD_LENGTH', `Must be ${maxComponents} or fewer in total.`);
  }
  if (!v2 && components.length > 5) {
    throw invalidForm('components', 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 5 in length.');
  }
  if (!v2 && components.some((row) => row['type'] !== 1)) {
    throw invalidForm(
      'components.0.type',
      'UNION_TYPE_CHOICES',
      'Value of field "type" must be one of (1,).',
    );
  }
  return components;
}

const textOf = (value: unknown): number => (typeof value === 'string' ? value.length : 0);

/** At most ten embeds with 6,000 characters together. */
export function readEmbeds(body: Json): Json[] | undefined {
  if (body['embeds'] === undefined || body['embeds'] === null) return undefined;
  const embeds = asObjects(body['embeds']);
  if (embeds.length > maxEmbeds) {
    throw invalidForm('embeds', 'BASE_TYPE_MAX_LENGTH', `Must be ${maxEmbeds} or fewer in length.`);
  }
  let total = 0;
  for (const [index, embed] of embeds.entries()) {
    const fields = asObjects(embed['fields']);
    if (textOf(embed['title']) > 256) {
      throw invalidForm(`embeds.${index}.title`, 'BASE_TYPE_MAX_LENGTH', 'Must be 256 or fewer in length.');
    }
    if (textOf(embed['description']) > 4_096) {
      throw invalidForm(
        `embeds.${index}.description`,
        'BASE_TYPE_MAX_LENGTH',
        'Must be 4096 or fewer in length.',
      );
    }
    total +=
      textOf(embed['title']) + textOf(embed['description']) + textOf(asObject(embed['footer'])?.['text']);
    total += textOf(asObject(embed['author'])?.['name']);
    total += fields.reduce((sum, field) => sum + textOf(field['name']) + textOf(field['value']), 0);
  }
  if (total > maxEmbedText) {
    throw invalidForm(
      'embeds',
      'MAX_EMBED_SIZE_EXCEEDED',
      `Embed size exceeds maximum size of ${maxEmbedText}`,
    );
  }
  return embeds;
}

/** A text beside components v2 is refused: they exclude `content` and `embeds`. */
export function checkComponentsV2(
  flags: number,
  content: string | undefined,
  embeds: Json[] | undefined,
): void {
  if ((flags & messageFlags.componentsV2) === 0) return;
  if ((content !== undefined && content !== '') || (embeds && embeds.length > 0)) {
    throw invalidForm(
      content ? 'content' : 'embeds',
      'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
      'The legacy fields cannot be used with MessageFlags.IS_COMPONENTS_V2',
    );
  }
}

/** `allowed_mentions` may name users or parse them all, not both; at most 100 ids each. */
export function checkAllowedMentions(body: Json): void {
  const allowed = asObject(body['allowed_mentions']);
  if (!allowed) return;
  const parse = asStrings(allowed['parse']);
  for (const kind of ['users', 'roles']) {
    const ids = asStrings(allowed[kind]);
    if (ids.length > 100) {
      throw invalidForm(
        `allowed_mentions.${kind}`,
        'BASE_TYPE_MAX_LENGTH',
        'Must be 100 or fewer in length.',
      );
    }
    if (ids.length > 0 && parse.includes(kind)) {
      const message = `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`;
      throw invalidForm('allowed_mentions', 'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE', message);
    }
  }
  const unknown = parse.find((kind) => !['users', 'roles', 'everyone'].includes(kind));
  if (unknown !== undefined) {
    throw invalidForm('allowed_mentions.parse.0', 'BASE_TYPE_CHOICES', `Unknown mention type ${unknown}.`);
  }
}

/** Stores the uploads and gives the attachments as the message will carry them. @throws 40005 over the limits. */
export function storeFiles(ctx: Context, channelId: string, files: UploadedFile[], body: Json): Json[] {
  if (files.length > maxFiles) {
    throw invalidForm('attachments', 'BASE_TYPE_MAX_LENGTH', `Must be ${maxFiles} or fewer in length.`);
  }
  const described = asObjects(body['attachments']);
  return files.map((file) => {
    if (file.bytes.length > ctx.settings.maxFileBytes) throw refusals.tooLarge();
    const entry = described.find((item) => String(item['id']) === String(file.index));
    const named = entry?.['filename'];
    const filename = typeof named === 'string' ? named : file.filename;
    return storeFile(ctx, channelId, { ...file, filename });
  });
}

/** Puts one file where its `url` can be fetched. */
export function storeFile(
  ctx: Context,
  channelId: string,
  file: { filename: string; contentType: string; bytes: Uint8Array },
): Json {
  const id = ctx.nextId();
  const path = `/attachments/${channelId}/${id}/${encodeURIComponent(file.filename)}`;
  ctx.world.files.set(path, { bytes: file.bytes, contentType: file.contentType });
  return {
    id,
    filename: file.filename,
    size: file.bytes.length,
    url: `${ctx.origin()}${path}`,
    proxy_url: `${ctx.origin()}${path}`,
    content_type: file.contentType,
  };
}

/** A thread's or channel's name, 1 to 100 characters. */
export function readName(value: unknown): string {
  const name = typeof value === 'string' ? value.trim() : '';
  if (typeof value !== 'string') throw invalidForm('name', 'BASE_TYPE_REQUIRED', 'This field is required');
  if (!value.isWellFormed()) throw refusals.invalidJson();
  if (name.length < 1 || name.length > 100) {
    throw invalidForm('name', 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 100 in length.');
  }
  return name;
}

/** Minutes after which a silent thread is archived. */
export function readAutoArchive(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || ![60, 1_440, 4_320, 10_080].includes(value)) {
    const message = 'Value must be one of (60, 1440, 4320, 10080).';
    throw invalidForm('auto_archive_duration', 'BASE_TYPE_CHOICES', message);
  }
  return value;
}
