import type { ThreadSummary } from '../core/ports.ts';
import { count, id, optionalText, schema } from './schema-parts.ts';

/** `_id` is the thread's. */
export type SummaryDocument = Omit<ThreadSummary, 'threadId'> & { _id: string };

export const summarySchema = schema<SummaryDocument>({
  _id: id,
  generation: count,
  upToSeq: count,
  messages: count,
  text: { type: String, default: '' },
  tokens: count,
  model: optionalText,
});

export const EMPTY_SUMMARY = { upToSeq: 0, messages: 0, text: '', tokens: 0, model: null };
