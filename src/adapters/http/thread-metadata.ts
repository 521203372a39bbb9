import type { Metadata } from '../../core/threads/thread.ts';
import { invalid } from './errors.ts';

/** The SDK names a thread's assistant in its metadata, under either key. */
const NAMES = ['graph_id', 'assistant_id'] as const;

export type SplitMetadata = {
  /** What is stored as metadata. */
  metadata: Metadata;
  /** The assistant that the metadata name, and where they do. */
  assistant: { id: string; field: string } | null;
};

/** Takes the assistant out of metadata, where it is only shown. @throws ApiError `invalid_input` */
export function splitMetadata(given: Metadata | null | undefined): SplitMetadata {
  const metadata: Metadata = { ...given };
  let assistant: SplitMetadata['assistant'] = null;
  for (const name of NAMES) {
    const id = metadata[name];
    delete metadata[name];
    if (id === undefined || id === null) continue;
    const field = `metadata.${name}`;
    if (typeof id !== 'string') throw invalid(field, `${field} must be text, the name of an assistant.`);
    if (assistant !== null && assistant.id !== id) {
      throw invalid(field, `${field} names another assistant than ${assistant.field}. Name one.`);
    }
    assistant = { id, field };
  }
  return { metadata, assistant };
}
