import { type CallArguments, isRecord, optionalString, structured } from './arguments.ts';
import { Refusal } from './refusal.ts';
import type { JsonObject, MessageMetadata } from './types.ts';

/** Slack's limits, counted in UTF-16 units. The last was measured, not published. */
export const contentLimits = {
  postedText: 40_000,
  updatedText: 4_000,
  markdown: 12_000,
  blocks: 50,
  sectionText: 3_000,
  headerText: 150,
  fieldText: 2_000,
  allBlocks: 13_200,
  attachments: 100,
} as const;

const blockTypes = new Set([
  'actions',
  'alert',
  'card',
  'carousel',
  'context',
  'context_actions',
  'divider',
  'file',
  'header',
  'image',
  'input',
  'markdown',
  'plan',
  'rich_text',
  'section',
  'table',
  'task_card',
  'video',
]);

export interface Content {
  text: string | undefined;
  markdown: string | undefined;
  blocks: JsonObject[] | undefined;
  attachments: JsonObject[] | undefined;
}

/** Reads what a post or update says. Throws the `Refusal` that Slack answers for content it does not take. */
export function readContent(args: CallArguments): Content {
  const text = optionalString(args, 'text');
  const markdown = optionalString(args, 'markdown_text');
  const blocks = readObjects(args, 'blocks', 'invalid_blocks_format');
  const attachments = readObjects(args, 'attachments', 'invalid_attachments');
  if (markdown !== undefined && (text !== undefined || blocks !== undefined)) {
    throw new Refusal('markdown_text_conflict');
  }
  const said = [text, markdown].some((part) => part !== undefined && part.trim() !== '');
  if (!said && (blocks ?? []).length === 0 && (attachments ?? []).length === 0) throw new Refusal('no_text');
  if ((markdown ?? '').length > contentLimits.markdown) throw new Refusal('msg_too_long');
  if ((attachments ?? []).length > contentLimits.attachments) throw new Refusal('too_many_attachments');
  if (blocks !== undefined) checkBlocks(blocks);
  return { text, markdown, blocks, attachments };
}

/** Undefined when not sent, null when sent as `{}`, which removes it in an update. */
export function readMetadata(args: CallArguments): MessageMetadata | null | undefined {
  const value = structured(args, 'metadata', 'invalid_metadata_format');
  if (value === undefined) return undefined;
  if (!isRecord(value)) throw new Refusal('invalid_metadata_format');
  if (Object.keys(value).length === 0) return null;
  const { event_type, event_payload } = value;
  if (typeof event_type !== 'string' || event_type === '' || !isRecord(event_payload)) {
    throw new Refusal('invalid_metadata_schema');
  }
  return { event_type, event_payload };
}

function readObjects(args: CallArguments, name: string, refusal: string): JsonObject[] | undefined {
  const value = structured(args, name, refusal);
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw new Refusal(refusal);
  return value.map((item: unknown) => {
    if (!isRecord(item)) throw new Refusal(refusal);
    return item;
  });
}

/** Throws `invalid_blocks` for a block that breaks its own rules, `msg_blocks_too_long` for all of them together. */
export function checkBlocks(blocks: readonly JsonObject[]): void {
  if (blocks.length > contentLimits.blocks) throw invalidBlocks('no more than 50 items allowed');
  for (const block of blocks) checkBlock(block);
  const sum = (parts: readonly JsonObject[]) =>
    parts.reduce((total, block) => total + blockText(block).length, 0);
  if (blocks.filter((block) => block['type'] === 'table').length > 1)
    throw invalidBlocks('only one table allowed');
  if (sum(blocks.filter((block) => block['type'] === 'markdown')) > contentLimits.markdown) {
    throw invalidBlocks('must be less than 12001 characters');
  }
  if (sum(blocks) > contentLimits.allBlocks) throw new Refusal('msg_blocks_too_long');
}

function checkBlock(block: JsonObject): void {
  const { type } = block;
  if (typeof type !== 'string' || !blockTypes.has(type))
    throw invalidBlocks(`unsupported type: ${String(type)}`);
  if (type === 'section') {
    const { text, fields } = block;
    if (text === undefined && fields === undefined) throw invalidBlocks('missing required field: text');
    if (text !== undefined) checkTextObject(text, contentLimits.sectionText);
    if (Array.isArray(fields)) {
      if (fields.length > 10) throw invalidBlocks('no more than 10 items allowed');
      for (const field of fields) checkTextObject(field, contentLimits.fieldText);
    }
  }
  if (type === 'header') checkTextObject(block['text'], contentLimits.headerText);
  if (type === 'markdown' && (typeof block['text'] !== 'string' || block['text'] === '')) {
    throw invalidBlocks('missing required field: text');
  }
  if (type === 'context') {
    const { elements } = block;
    if (!Array.isArray(elements) || elements.length === 0)
      throw invalidBlocks('missing required field: elements');
    if (elements.length > 10) throw invalidBlocks('no more than 10 items allowed');
  }
  if (type === 'actions') checkActions(block['elements']);
}

/** Of buttons: words of at most 75 characters, ids of 255 that no other has, values of 2,000. */
function checkActions(elements: unknown): void {
  if (!Array.isArray(elements)) throw invalidBlocks('missing required field: elements');
  if (elements.length === 0 || elements.length > 25) throw invalidBlocks('no more than 25 items allowed');
  const ids = new Set<unknown>();
  for (const element of elements) {
    if (!isRecord(element) || element['type'] !== 'button') continue;
    const { text, action_id: id, value, style } = element;
    if (!isRecord(text) || text['type'] !== 'plain_text') throw invalidBlocks('unsupported type: text');
    checkTextObject(text, 75);
    if (typeof id !== 'string' || id.length > 255) throw invalidBlocks('must be less than 256 characters');
    if (ids.has(id)) throw invalidBlocks('`action_id` already exists');
    ids.add(id);
    if (value !== undefined && (typeof value !== 'string' || value.length > 2_000))
      throw invalidBlocks('must be less than 2001 characters');
    if (style !== undefined && style !== 'primary' && style !== 'danger')
      throw invalidBlocks('invalid style');
  }
}

function checkTextObject(value: unknown, limit: number): void {
  if (!isRecord(value) || (value['type'] !== 'mrkdwn' && value['type'] !== 'plain_text')) {
    throw invalidBlocks('unsupported type: text');
  }
  const { text } = value;
  if (typeof text !== 'string' || text === '') throw invalidBlocks('must be more than 0 characters');
  if (text.length > limit) throw invalidBlocks(`must be less than ${limit + 1} characters`);
}

function invalidBlocks(reason: string): Refusal {
  return new Refusal('invalid_blocks', {
    errors: [reason],
    response_metadata: { messages: [`[ERROR] ${reason}`] },
  });
}

/** Every text inside a block, in order, joined by line ends. */
export function blockText(block: unknown): string {
  if (Array.isArray(block)) return block.map(blockText).filter(Boolean).join('\n');
  if (!isRecord(block)) return '';
  if (block['type'] === 'rich_text_section' && Array.isArray(block['elements'])) {
    return block['elements'].map(blockText).join('');
  }
  const { text } = block;
  if (typeof text === 'string') return text;
  return [text, block['fields'], block['elements'], block['rows']].map(blockText).filter(Boolean).join('\n');
}
