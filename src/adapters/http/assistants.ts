import type { ApiParts, AssistantView } from './api-parts.ts';
import { invalid } from './errors.ts';

/** The assistant of that id. @throws ApiError `invalid_input` that names the field which named it */
export function assistantNamed(
  { assistants }: Pick<ApiParts, 'assistants'>,
  id: string,
  field: string,
): AssistantView {
  const found = assistants().find((assistant) => assistant.id === id);
  if (found !== undefined) return found;
  const names = assistants().map((assistant) => `"${assistant.id}"`);
  throw invalid(
    field,
    `${field} names no assistant. There ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}.`,
  );
}
